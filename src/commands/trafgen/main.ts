#!/usr/bin/env node
import { run } from '../shared/run.js';
import { trafgen } from './program.js';
import { modernWords } from './words.js';

const words = modernWords(process.argv.slice(2));
await run(await trafgen(words), words);
