import type { IncomingMessage, ServerResponse } from 'node:http';
import { QuipuSocket } from '../api/socket.js';
import { QuipuError } from '../contract/error.js';
import { createRing, RingReader } from '../links/shared/ring.js';
import { CaptureReader } from '../wire/capture-file.js';
import { PcapError } from '../wire/capture-record.js';
import { CaptureStream } from './capture-stream.js';
import type { EngineHandle } from './engine-handle.js';
import type { NodeLog } from './log.js';

const PCAPNG = { 'content-type': 'application/x-pcapng' };
const MAX_TRACES = 1000;

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
  const stop = log.follow((line) => {
    if (!response.writableNeedDrain) response.write(`${line}\n`);
  });
  response.on('close', stop);
}

/** GET /v1/tap: pcapng of what passes a block or port, until the client goes or the block is removed. */
export async function streamTap(engine: EngineHandle, query: URLSearchParams, response: ServerResponse): Promise<void> {
  const target = query.get('target');
  if (!target) throw new QuipuError('bad-request', 'target: name a block, or BLOCK:PORT');
  const ring = createRing({ bytes: 4 << 20 });
  let stream: CaptureStream | null = null;
  const tap = await engine.openTap(target, query.get('drops') === '1', ring, () => stream?.wake(), () => stream?.end());
  response.writeHead(200, PCAPNG);
  response.flushHeaders();
  stream = new CaptureStream(new RingReader(ring), response, target);
  response.on('close', () => {
    engine.closeTap(tap).catch(() => {}); // the engine is closing, and the tap with it
  });
}

/** GET /v1/trace: the next frames, followed through the graph, one JSON object per line. */
export async function streamTrace(engine: EngineHandle, query: URLSearchParams, response: ServerResponse): Promise<void> {
  const count = wholeNumber(query, 'count', 1, MAX_TRACES);
  if (count === 0) throw new QuipuError('bad-request', 'count: trace one frame at least');
  const filter = query.get('filter') ?? undefined;
  let started = false;
  const early: string[] = [];
  const trace = await engine.startTrace(count, filter, {
    frame(frame, last) {
      const line = `${JSON.stringify(frame)}\n`;
      if (started) response.write(line);
      else early.push(line);
      if (last && started) response.end();
    },
  });
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  for (const line of early) response.write(line);
  started = true;
  if (early.length >= count) response.end();
  response.on('close', () => {
    engine.stopTrace(trace).catch(() => {}); // as above
  });
}

/** POST /v1/socket: a socket block for another process: pcapng or pcap in, pcapng out. */
export async function streamSocket(
  engine: EngineHandle,
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
    queueLimit: wholeNumber(query, 'queue', 4096, 1_000_000),
    ...(on === undefined ? {} : { on }),
    ...(filter === undefined ? {} : { filter }),
  });
  response.writeHead(200, PCAPNG);
  response.flushHeaders();
  const stream = new CaptureStream(socket.takeReader(), response, name);
  socket.onWake = () => stream.wake();
  socket.on('close', () => stream.end());
  response.on('close', () => {
    socket.close().catch(() => {}); // the engine is closing, and the block with it
  });
  await sendAll(request, socket, response);
}

/** Sends the frames of an incoming capture; waits while the engine has no room. */
async function sendAll(request: IncomingMessage, socket: QuipuSocket, response: ServerResponse): Promise<void> {
  const capture = new CaptureReader();
  try {
    for await (const chunk of request) {
      capture.push(chunk as Buffer);
      for (let record = capture.next(); record !== null; record = capture.next()) {
        while (!socket.closed && !socket.send(record.bytes)) await pause();
        if (socket.closed) return;
      }
    }
    if (capture.format !== null) capture.finish();
  } catch (error) {
    // Too late for a status line: the stream is cut, and the log says why.
    const text = error instanceof PcapError ? `what came in is no capture: ${error.message}` : String(error);
    if (!response.destroyed) response.destroy(new Error(text));
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number, most: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) {
    throw new QuipuError('bad-request', `${name}: ${JSON.stringify(text)} is not a whole number up to ${most}`);
  }
  return value;
}
