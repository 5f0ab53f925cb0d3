import { table } from '../../shared/table.js';
import { type Syntax, syntaxes } from './grammar.js';
import { fitting } from './words.js';

const CLOSING = `
Words may be shortened as long as they are clear: "sh dev" is "show devices". Tab
completes, Ctrl-C clears the line, Ctrl-D leaves. A line that begins with # or ! is
a comment. Packets and generators are the daemon's: all users share them.
`;

/** All commands, or those that the words of a topic begin; null when there is none. */
export function helpText(topic: readonly string[]): string | null {
  if (topic.length === 0) return overview(syntaxes) + CLOSING;
  const fits = syntaxes.filter(({ words }) =>
    topic.slice(0, words.length).every((word, i) => fitting(word, choicesAt(words, i)).includes(words[i])),
  );
  if (fits.length === 0) return null;
  return fits.length === 1 ? detail(fits[0]) : overview(fits);
}

/** Words that commands have at a place whose earlier words are those of this one. */
function choicesAt(words: readonly string[], at: number): string[] {
  return syntaxes
    .filter((one) => words.slice(0, at).every((word, i) => one.words[i] === word))
    .flatMap((one) => one.words.slice(at, at + 1));
}

function overview(list: readonly Syntax[]): string {
  return table(list.map(({ usage, brief = usage, summary }) => [brief, summary]));
}

function detail({ usage, summary, more }: Syntax): string {
  return `${usage}\n  ${summary}\n${more === undefined ? '' : `${more}\n`}`;
}
