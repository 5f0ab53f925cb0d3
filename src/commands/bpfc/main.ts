#!/usr/bin/env node
import { run } from '../shared/run.js';
import { bpfc } from './program.js';

await run(bpfc(), process.argv.slice(2));
