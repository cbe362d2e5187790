import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{unit,protocol,providers,cli,webview}/**/*.test.{ts,mjs}'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // How long something may take is nothing that these tests say.
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
    // A test file must not depend on what another one left behind.
    isolate: true,
    // Whatever the suite writes is searched for the keys that it uses.
    globalSetup: ['test/support/canary/globalSetup.ts'],
    setupFiles: ['test/support/canary/searchRemoved.ts'],
    onConsoleLog(text) {
      const root = process.env.LLM_PROVIDERS_TEST_ROOT
      if (root) appendFileSync(path.join(root, 'console.log'), text)
    },
  },
})
