import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{unit,protocol,providers,cli,webview}/**/*.test.{ts,mjs}'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    // A test file must not depend on what another one left behind.
    isolate: true,
  },
})
