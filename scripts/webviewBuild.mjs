// How the pages of the panels are bundled: for the product by esbuild.mjs, for its tests by test/webview.
import path from 'node:path'

/** ES modules: each page of the settings panel is a file of its own, read when it is first shown; what both panels have is in one. */
export const webviewBuild = (outdir) => ({
  bundle: true,
  splitting: true,
  minify: true,
  platform: 'browser',
  format: 'esm',
  // What the oldest supported editor shows pages in.
  target: 'chrome140',
  outdir: path.join(outdir, 'webview'),
  chunkNames: '[name]-[hash]',
  entryPoints: {
    main: 'webview/main.tsx',
    results: 'webview/results.tsx',
    setup: 'webview/setup.tsx',
    threads: 'webview/threads.tsx',
  },
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
})
