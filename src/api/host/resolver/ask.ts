import type { Line, NameServer, ResolverEnvironment, ResolverSettings } from './contract.js';
import { type Answer, type Question, questionBytes, type RecordType, readAnswer } from './message.js';

/** An answer that settles something. */
export type Settled = Exclude<Answer, { kind: 'truncated' | 'no-edns' }>;

/**
 * Asks the servers one after the other, as often as the settings say, until one has an answer; `unable` when none has. It is
 * told later, and once; what is called off by the answer is not told.
 */
export function askServers(
  environment: ResolverEnvironment,
  { servers, attempts, timeout }: ResolverSettings,
  name: string,
  type: RecordType,
  done: (answer: Settled) => void,
): () => void {
  let stop = () => {};
  const attempt = (number: number): void => {
    const server = servers[number % servers.length];
    stop = askServer({ environment, server, timeout }, { name, type }, (answer) => {
      const isLast = number + 1 >= attempts * servers.length;
      if (answer.kind !== 'unable' || isLast) done(answer);
      else attempt(number + 1);
    });
  };
  attempt(0);
  return () => stop();
}

interface Place {
  readonly environment: ResolverEnvironment;
  readonly server: NameServer;
  readonly timeout: number;
}

/** Asks one server once: by UDP, by TCP what does not fit, and without EDNS one that does not know it. */
function askServer(
  place: Place,
  { name, type }: Pick<Question, 'name' | 'type'>,
  done: (answer: Settled) => void,
): () => void {
  let stop = () => {};
  const ask = (edns: boolean, byStream: boolean): void => {
    const question = { id: place.environment.random() & 0xffff, name, type, edns };
    stop = (byStream ? askByStream : askByDatagram)(place, question, (answer) => {
      if (answer.kind === 'no-edns') ask(false, byStream);
      else if (answer.kind !== 'truncated') done(answer);
      else if (byStream) done({ kind: 'unable' });
      else ask(edns, true);
    });
  };
  ask(true, false);
  return () => stop();
}

/** Bytes of the longest datagram that is read: three times what questions say, which some servers do not heed. */
const LONGEST_DATAGRAM = 4096;

/** What is not the answer, or not from the server, is passed over: forgeries must not end the question (RFC 5452 §9). */
function askByDatagram(place: Place, question: Question, done: (answer: Answer) => void): () => void {
  return converse(place, 'datagrams', questionBytes(question), done, (bytes) =>
    bytes.length > LONGEST_DATAGRAM ? null : readAnswer(bytes, question),
  );
}

/** Here nobody forges: what is not the answer shows that the server cannot say. */
function askByStream(place: Place, question: Question, done: (answer: Answer) => void): () => void {
  const bytes = questionBytes(question);
  const framed = Buffer.concat([Uint8Array.of(bytes.length >>> 8, bytes.length & 0xff), bytes]);
  const kept = Buffer.alloc(2 + 0xffff);
  let length = 0;
  return converse(place, 'stream', framed, done, (more) => {
    kept.set(more.subarray(0, kept.length - length), length);
    length = Math.min(kept.length, length + more.length);
    // In front of each packet stands its length (RFC 1035 §4.2.2).
    if (length < 2 || length < 2 + kept.readUInt16BE(0)) return null;
    return readAnswer(kept.subarray(2, 2 + kept.readUInt16BE(0)), question) ?? { kind: 'unable' };
  });
}

function converse(
  { environment, server, timeout }: Place,
  by: 'datagrams' | 'stream',
  question: Uint8Array,
  done: (answer: Answer) => void,
  read: (bytes: Uint8Array) => Answer | null,
): () => void {
  let isOver = false;
  const stop = () => {
    isOver = true;
    callOff();
    line.close();
  };
  const settle = (answer: Answer) => {
    if (isOver) return;
    stop();
    done(answer);
  };
  const line: Line = environment[by](server, {
    heard(bytes, from) {
      if (isOver || from.port !== server.port || from.address !== server.address) return;
      const answer = read(bytes);
      if (answer !== null) settle(answer);
    },
    failed: () => settle({ kind: 'unable' }),
  });
  const callOff = environment.after(timeout, () => settle({ kind: 'unable' }));
  line.send(question);
  return stop;
}
