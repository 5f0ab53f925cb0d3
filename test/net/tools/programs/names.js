// A program that knows nothing of Quipu: it fetches by a name, and looks names up.
import { lookup } from 'node:dns';
import { lookup as lookupLater } from 'node:dns/promises';

const url = new URL(process.argv[2]);
const answer = await fetch(url);
console.log(answer.status, await answer.text());
console.log(JSON.stringify(await lookupLater(url.hostname, { all: true })));
const failed = await fetch('http://nobody.test/').catch((error) => error.cause);
console.log(failed.code, failed.syscall, failed.hostname);
lookup('alias', 4, (error, address, family) => console.log(error?.code ?? 'found', address, family));
