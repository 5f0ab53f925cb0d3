import type { IncomingMessage, ServerResponse } from 'node:http';
import { QuipuSocket } from '../api/socket.js';
import { QuipuError } from '../contract/error.js';
import type { TracedFrame } from '../engine/trace.js';
import { createRing, RingReader } from '../links/shared/ring.js';
import { CaptureReader } from '../wire/capture-file.js';
import { PcapError } from '../wire/capture-record.js';
import { CaptureStream } from './capture-stream.js';
import type { EngineHandle } from './engine-handle.js';
import type { NodeLog } from './log.js';

const PCAPNG = { 'content-type': 'application/x-pcapng' };
const MAX_TRACES = 1000;
/** Traced frames that may wait for a client that reads slowly: in a graph with cycles one can take a megabyte. */
const TRACES_AT_ONCE = 8;
const PENDING_PAUSE_MS = 100;

/** GET /v1/log: the last lines, then, if asked, those that come. */
export function streamLog(log: NodeLog, query: URLSearchParams, response: ServerResponse): void {
  const last = wholeNumber(query, 'last', 50, 100_000);
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  for (const line of log.last(last)) response.write(`${line}\n`);
  if (query.get('follow') !== '1') {
    response.end();
    return;
  }
  response.flushHeaders();
  // A client that stops reading loses lines rather than filling our memory.
  let lost = 0;
  const stop = log.follow((line) => {
    if (response.writableNeedDrain) {
      lost++;
      return;
    }
    if (lost > 0) response.write(`(${lost} lines left out: they were not read in time)\n`);
    lost = 0;
    response.write(`${line}\n`);
  });
  whenGone(response, stop);
}

/** Calls `work` when the client is gone, also if it went before anybody listened. */
export function whenGone(response: ServerResponse, work: () => void): void {
  if (response.destroyed) work();
  else response.on('close', work);
}

/** GET /v1/tap: pcapng of what passes a block or port, until the client goes or the block is removed. */
export async function streamTap(
  engine: EngineHandle,
  log: NodeLog,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const target = query.get('target');
  if (!target) throw new QuipuError('bad-request', 'target: name a block, or BLOCK:PORT');
  const rings = Array.from({ length: engine.count }, () => createRing({ bytes: 4 << 20 }));
  let stream: CaptureStream | null = null;
  const tap = await engine.openTap(
    target,
    query.get('drops') === '1',
    rings,
    () => stream?.wake(),
    () => stream?.end(),
  );
  response.writeHead(200, PCAPNG);
  response.flushHeaders();
  const readers = rings.map((ring) => new RingReader(ring));
  stream = new CaptureStream(readers, response, target);
  const close = async () => {
    const lost = await engine.closeTap(tap);
    if (lost > 0) log.add(`[quipu] tap of ${target}: ${lost} frames left out, they were not read in time`);
  };
  whenGone(response, () => {
    close().catch(() => {}); // the engine is closing, and the tap with it
  });
}

/** GET /v1/trace: the next frames, followed through the graph, one JSON object per line. */
export async function streamTrace(
  engine: EngineHandle,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  let left = wholeNumber(query, 'count', 1, MAX_TRACES, 1);
  const filter = query.get('filter') ?? undefined;
  const through = query.get('through') ?? undefined;
  const early: string[] = [];
  let started = false;
  let trace = 0;
  const stop = () => {
    engine.stopTrace(trace).catch(() => {}); // the engine is closing, and the trace with it
  };
  const ask = async () => {
    const wanted = { count: Math.min(left, TRACES_AT_ONCE), filter, through };
    trace = await engine.startTrace(wanted, { frame: take, ended });
    if (response.destroyed) stop();
  };
  const more = () => {
    ask().catch(() => response.destroy());
  };
  const take = (frame: TracedFrame, last: boolean) => {
    left--;
    const line = `${JSON.stringify(frame)}\n`;
    if (!started) early.push(line);
    else response.write(line);
    if (left === 0 && started) response.end();
    else if (last && left > 0 && response.writableNeedDrain) response.once('drain', more);
    else if (last && left > 0 && !response.destroyed) more();
  };
  const ended = () => {
    left = 0;
    if (started) response.end();
  };
  await ask();
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  for (const line of early) response.write(line);
  started = true;
  if (left === 0) response.end();
  whenGone(response, stop);
}

/** POST /v1/socket: a socket block for another process: pcapng or pcap in, pcapng out. */
export async function streamSocket(
  engine: EngineHandle,
  log: NodeLog,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = query.get('name');
  if (!name) throw new QuipuError('bad-request', 'name: give the socket’s block a name');
  const on = query.get('on') ?? undefined;
  const filter = query.get('filter') ?? undefined;
  const socket = await QuipuSocket.open(engine, {
    name,
    queueLimit: wholeNumber(query, 'queue', 4096, 1_000_000, 1),
    ...(on === undefined ? {} : { on }),
    ...(filter === undefined ? {} : { filter }),
  });
  response.writeHead(200, PCAPNG);
  response.flushHeaders();
  const stream = new CaptureStream([socket.takeReader()], response, name);
  socket.onWake = () => stream.wake();
  socket.on('close', () => stream.end());
  whenGone(response, () => {
    leave(socket).catch(() => {}); // the engine is closing, and the block with it
  });
  const fault = await sendAll(request, socket);
  if (fault === '' || response.destroyed) return;
  // Too late for a status line: the stream is cut, and the log says why.
  log.add(`[quipu] socket ${name}: ${fault}`);
  response.destroy();
}

/** Takes the block away, if need be once a change that waits for its confirmation is through. */
async function leave(socket: QuipuSocket): Promise<void> {
  for (;;) {
    try {
      return await socket.close();
    } catch (error) {
      if (!(error instanceof QuipuError) || error.code !== 'pending') throw error;
      await pause(PENDING_PAUSE_MS);
    }
  }
}

/** Sends the frames of an incoming capture; waits while the engine has no room. Answers what was wrong with it, if anything. */
async function sendAll(request: IncomingMessage, socket: QuipuSocket): Promise<string> {
  const capture = new CaptureReader();
  try {
    for await (const chunk of request) {
      capture.push(chunk as Buffer);
      for (let record = capture.next(); record !== null; record = capture.next()) {
        while (!socket.closed && !socket.send(record.bytes)) await pause(1);
        if (socket.closed) return '';
      }
    }
    if (capture.format !== null) capture.finish();
    return '';
  } catch (error) {
    return error instanceof PcapError ? `what came in is no capture: ${error.message}` : String(error);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function wholeNumber(
  query: URLSearchParams,
  name: string,
  fallback: number,
  most: number,
  least = 0,
): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most || value < least) {
    throw new QuipuError(
      'bad-request',
      `${name}: ${JSON.stringify(text)} is not a whole number from ${least} to ${most}`,
    );
  }
  return value;
}
