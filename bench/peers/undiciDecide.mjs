// Posts the bodies that our own run posted, one an item, so many at a time, and writes the first answer of each: no journal, no resume.
import { createReadStream, createWriteStream } from 'node:fs'
import readline from 'node:readline'
import { Agent, request as send } from 'undici'

const [, , input, output, concurrency] = process.argv
const { url, body, texts } = JSON.parse(process.env.BENCH_TEMPLATE)
const [before, after] = body.split(JSON.stringify(texts[0]).slice(1, -1))
const headers = { 'content-type': 'application/json' }
const dispatcher = new Agent({ connections: 64 })
const rows = readline.createInterface({ input: createReadStream(input) })[Symbol.asyncIterator]()
const results = createWriteStream(output)

async function work() {
  for (let row = await rows.next(); !row.done; row = await rows.next()) {
    const { id, text } = JSON.parse(row.value)
    const filled = `${before}${JSON.stringify(text).slice(1, -1)}${after}`
    const response = await send(`${url}/systemone`, { method: 'POST', headers, body: filled, dispatcher })
    const { answers } = await response.body.json()
    const [{ choice, confidence }] = Object.values(answers)
    results.write(`${JSON.stringify({ id, categories: [choice], confidence })}\n`)
  }
}
await Promise.all(Array.from({ length: Number(concurrency) }, work))
await new Promise((resolve) => results.end(resolve))
process.exit()
