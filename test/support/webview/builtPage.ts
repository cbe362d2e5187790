import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import esbuild from 'esbuild'
import { pageHtml } from '../../../client/panel/pageHtml.ts'
import { webviewBuild } from '../../../scripts/webviewBuild.mjs'
import { buildOnce } from '../buildOnce.ts'

const root = path.resolve(import.meta.dirname, '../../..')

export interface BuiltPage {
  /** Where the settings panel's document is; the results panel's is at `results` under it. */
  address: string
  /** File name and bytes of everything that the page is made of. */
  files: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** The page as the product bundles it, served with the document that the editor shows, its content policy included. */
export async function servePage(): Promise<BuiltPage> {
  const folder = path.join(await buildOnce('page', buildPage), 'webview')
  const names = await readdir(folder)
  const contents = new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name))] as const)),
  )
  const server = createServer((request, response) => {
    const name = path.posix.basename(request.url ?? '')
    const file = contents.get(name)
    if (file) return void response.writeHead(200, { 'content-type': typeOf(name) }).end(file)
    const panel = panels.get(name)
    response.writeHead(panel ? 200 : 404, { 'content-type': 'text/html' })
    response.end(panel ? pageHtml({ ...htmlParts, ...panel, cspSource: originOf(server.address()) }) : '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `${originOf(server.address())}/`,
    files: new Map([...contents].map(([name, bytes]) => [name, bytes.length])),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function buildPage(folder: string): Promise<void> {
  await esbuild.build({ ...webviewBuild(folder), absWorkingDir: root, write: true })
}

const htmlParts = { nonce: 'bm9uY2Utb2YtdGhlLXRlc3Rz', language: 'en' }

const panels = new Map([
  ['', { scriptUri: '/main.js', styleUri: '/main.css', title: 'LLM Providers: Settings' }],
  ['setup', { scriptUri: '/setup.js', styleUri: '/setup.css', title: 'LLM Providers: What are these?' }],
  ['threads', { scriptUri: '/threads.js', styleUri: '/threads.css', title: 'LLM Providers: Conversations' }],
  ['results', { scriptUri: '/results.js', styleUri: '/results.css', title: 'LLM Providers: Results' }],
])

const originOf = (address: unknown) => `http://127.0.0.1:${(address as AddressInfo).port}`

const typeOf = (name: string) => (name.endsWith('.css') ? 'text/css' : 'text/javascript')
