// The same rows through our terminal and through what else people would use, against a model server that answers at once.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { keepTrack, runProcess } from '../processes.mjs'

export const concurrency = 64

/** `stop` ends it; so does the end of the bench, however it comes. */
export async function startInstantServer({ counts = false } = {}) {
  const env = { ...process.env, BENCH_COUNTS: counts ? '1' : '0' }
  const server = keepTrack(fork(path.join(import.meta.dirname, '..', 'instantServer.mjs'), { env }))
  const [{ port }] = await once(server, 'message')
  return { url: `http://127.0.0.1:${port}/v1`, stop: () => server.connected && server.disconnect() }
}

export async function openTerminal(cliFile, scratch, url) {
  const data = ['--data-dir', path.join(scratch, 'run-data')]
  const output = path.join(scratch, 'ours.jsonl')
  const command = (...words) => runProcess([cliFile, ...words, ...data])
  await command('provider', 'add', 'bench', '--kind', 'openai-compatible', '--set', `base_url=${url}`)
  return {
    output,
    categorize(input, batchSize) {
      rmSync(output, { force: true })
      const route = ['--provider', 'bench', '--model', 'instant', '--fresh']
      const size = ['--batch-size', String(batchSize), '--concurrency', String(concurrency)]
      return command('categorize', input, ...route, ...size, '--output', output)
    },
  }
}

/** What our own run sends for so many items in one call; the peers send the same, with their items in place. */
export async function readTemplate(cli, url, scratch, itemsPerCall) {
  const texts = Array.from({ length: itemsPerCall }, (_, place) => `The text of item ${place} that shows a request.`)
  const sample = path.join(scratch, 'sample.jsonl')
  writeFileSync(sample, texts.map((text, place) => `${JSON.stringify({ id: `sample-${place}`, text })}\n`).join(''))
  await cli.categorize(sample, itemsPerCall)
  const body = await (await fetch(url.replace('/v1', '/last'))).text()
  if (!texts.every((text) => body.includes(text))) {
    throw new Error('The run asked the model something else: its last request does not hold the items.')
  }
  return JSON.stringify({ url, body, texts })
}

/** A peer as a function that judges a file, so many items a call. */
export function peerRun(file, template, { input, scratch, itemsPerCall, env = {} }) {
  const output = path.join(scratch, 'peer.jsonl')
  const words = [file, input, output, String(concurrency), String(itemsPerCall)]
  return { output, run: () => runProcess(words, { BENCH_TEMPLATE: template, ...env }) }
}
