#!/usr/bin/env node
import { run } from '../shared/run.js';
import { fbctl } from './program.js';

await run(fbctl(), process.argv.slice(2));
