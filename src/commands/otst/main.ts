#!/usr/bin/env node
import { run } from '../shared/run.js';
import { otst } from './program.js';

await run(otst(), process.argv.slice(2));
