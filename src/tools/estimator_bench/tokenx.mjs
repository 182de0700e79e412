// Counts the slices of the corpus with the rival tokenx, for `estimator_bench --record FILE`.
// Usage, in a folder where `npm install tokenx` has been run:  node tokenx.mjs CORPUS_FOLDER > FILE
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const resolve = createRequire(pathToFileURL(`${process.cwd()}/`)).resolve;
const { estimateTokenCount } = await import(pathToFileURL(resolve('tokenx')));
const folder = process.argv[2];
for (const line of readFileSync(`${folder}/counts.tsv`, 'utf8').split('\n')) {
  const [name, , from, to, sum] = line.split('\t');
  if (!sum || name.startsWith('#')) continue;
  const slice = readFileSync(`${folder}/${name}.txt`).subarray(Number(from), Number(to)).toString('utf8');
  console.log(`${sum}\t${estimateTokenCount(slice)}`);
}
