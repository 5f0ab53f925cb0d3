#!/usr/bin/env node
import { run } from '../shared/run.js';
import { vlink } from './program.js';

await run(vlink(), process.argv.slice(2));
