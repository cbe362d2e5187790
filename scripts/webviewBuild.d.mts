import type { BuildOptions } from 'esbuild'

export declare function webviewBuild(outdir: string): BuildOptions & { write: false; metafile: true }
