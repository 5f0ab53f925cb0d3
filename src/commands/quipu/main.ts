#!/usr/bin/env node
import { run } from '../shared/run.js';
import { quipu } from './program.js';

const words = process.argv.slice(2);
await run(await quipu(words), words);
