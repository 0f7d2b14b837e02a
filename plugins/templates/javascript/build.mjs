// Makes the component: `npm run build`, which `sgi connector build` calls.

import { componentize } from '@bytecodealliance/componentize-js';
import { writeFile } from 'node:fs/promises';

const { component } = await componentize({
  sourcePath: 'connector.js',
  witPath: 'wit',
  worldName: 'reader',
  // What a connector has no use for is not imported.
  disableFeatures: ['stdio', 'random', 'http', 'fetch-event'],
});
await writeFile('{{name}}.wasm', component);
