import { type GeneratorSettings, MAX_SEED, MAX_WORKERS } from '../../../control/generator-words.js';
import { parseCpus, parseGap, parseRate, parseWhole } from '../../../traffic/rates.js';
import { type Arguments, atWord } from './arguments.js';
import { orderWords, type SettingWord, settingWords, switchWords, wayWords } from './grammar.js';
import { choose, LineFault, type ShellWord } from './words.js';

type Change = Partial<GeneratorSettings>;

const readers: Readonly<Record<SettingWord, (word: ShellWord) => Change>> = {
  packet: (word) => ({ packet: word.text }),
  device: (word) => ({ device: word.text }),
  rate: (word) => ({ pace: atWord(word, () => parseRate(word.text)) }),
  gap: (word) => ({ pace: atWord(word, () => parseGap(word.text)) }),
  count: (word) => {
    const count = atWord(word, () => parseWhole(word.text, 'count', 0, Number.MAX_SAFE_INTEGER));
    return { count: count === 0 ? null : count };
  },
  cpu: (word) => ({ cpus: word.text === 'any' ? null : cpuList(word) }),
  seed: (word) => ({
    seed: word.text === 'any' ? null : atWord(word, () => parseWhole(word.text, 'seed', 0, MAX_SEED)),
  }),
  way: (word) => ({ way: choose(word, wayWords, 'way') }),
  order: (word) => ({ shuffled: choose(word, orderWords, 'order') === 'random' }),
  qdisc: (word) => ({ queueingDiscipline: choose(word, switchWords, 'qdisc') === 'on' }),
};

/** `rate R count N …`, each keyword once. Throws LineFault. */
export function parseSettings(take: Arguments): Change {
  let settings: Change = {};
  const seen = new Set<string>();
  for (let word = take.peek(); word; word = take.peek()) {
    const keyword = choose(take.word(), settingWords, 'option');
    const meant = keyword === 'gap' ? 'rate' : keyword;
    if (seen.has(meant)) {
      const message = keyword === meant ? `${keyword} is given twice` : 'rate and gap say the same: give one';
      throw new LineFault(message, word.at, word.length);
    }
    seen.add(meant);
    settings = { ...settings, ...readers[keyword](take.word()) };
  }
  return settings;
}

function cpuList(word: ShellWord): number[] {
  const cpus = atWord(word, () => parseCpus(word.text));
  if (cpus.length <= MAX_WORKERS) return cpus;
  throw new LineFault(`cpu: ${cpus.length} CPUs are more than ${MAX_WORKERS}`, word.at, word.length);
}
