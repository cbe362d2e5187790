import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** One browser for a test file. Its own Chromium, as for the editor's tests. */
export function launchBrowser(): Promise<Browser> {
  const wanted = process.env.CHROMIUM_PATH
  const executablePath = wanted ?? places.find((place) => existsSync(place))
  if (!executablePath) {
    throw new Error('Chromium is missing, and the panel is shown in it. On Debian: apt-get install -y chromium.')
  }
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
  return chromium.launch({ executablePath, args })
}
