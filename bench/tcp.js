// Group `tcp`: what Quipu's TCP and its sockets cost, beside the kernel's and Node's own.

import { Cables } from './shared/cable.js';
import { begin } from './shared/report.js';
import { versionOf } from './shared/tools.js';
import { idleRows, printIdle } from './tcp/idle.js';
import { latencyRows } from './tcp/latency.js';
import { connectionRows } from './tcp/rate.js';
import { makeStations } from './tcp/stations.js';
import { throughputRows } from './tcp/throughput.js';

/** How long and how often; seconds of each run, of which `warm` are not measured. */
const PLAN = {
  ...{ rounds: 5, warm: 0.5, seconds: 2 },
  ...{ callers: 32, requestRate: 1000, idle: 10_000, exchange: 64 },
};
/** @typedef {typeof PLAN} Plan */

export async function tcp() {
  const { write } = begin(
    'tcp',
    'TCP of a Quipu host beside the kernel’s: throughput, calls, requests, memory',
  );
  const results = await measureTcp(PLAN);
  write({ parameters: { ...PLAN, iperf3: versionOf('iperf3') }, ...results });
}

/** All but the writing of results: for a shorter look. @param {Plan} plan */
export async function measureTcp(plan) {
  const cables = new Cables();
  try {
    makeStations(cables);
    const throughput = await throughputRows(cables, plan);
    const connections = await connectionRows(cables, plan);
    const requests = await latencyRows(cables, plan);
    const idle = await idleRows(plan.idle, plan.exchange);
    printIdle(idle);
    return { throughput, connections, requests, idle };
  } finally {
    cables.close();
  }
}
