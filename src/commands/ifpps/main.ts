#!/usr/bin/env node
import { run } from '../shared/run.js';
import { ifpps } from './program.js';
import { spelled } from './words.js';

await run(ifpps(), spelled(process.argv.slice(2)));
