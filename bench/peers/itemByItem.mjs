// What a person would write first: read the rows, so many calls at a time, one item or a few a call, a result line each. No journal,
// no resume.
import { createReadStream, createWriteStream } from 'node:fs'
import readline from 'node:readline'

/** `judge(texts)` resolves to the text of the model's answer about them. */
export async function runItemByItem(judge) {
  const [, , input, output, concurrency, itemsPerCall] = process.argv
  const rows = readline.createInterface({ input: createReadStream(input) })[Symbol.asyncIterator]()
  const results = createWriteStream(output)
  async function take() {
    const taken = []
    while (taken.length < Number(itemsPerCall)) {
      const row = await rows.next()
      if (row.done) break
      taken.push(JSON.parse(row.value))
    }
    return taken
  }
  async function work() {
    for (let items = await take(); items.length > 0; items = await take()) {
      const { verdicts } = JSON.parse(await judge(items.map(({ text }) => text)))
      items.forEach(({ id }, place) => {
        const { categories, confidence } = verdicts[place]
        results.write(`${JSON.stringify({ id, categories, confidence })}\n`)
      })
    }
  }
  await Promise.all(Array.from({ length: Number(concurrency) }, work))
  await new Promise((resolve) => results.end(resolve))
}

/** The request that our own run sent for as many items, as a function of the items' texts. */
export function requestTemplate() {
  const { url, body, texts } = JSON.parse(process.env.BENCH_TEMPLATE)
  const request = JSON.parse(body)
  const fill = (content, items) =>
    texts.reduce((filled, text, place) => filled.replace(text, () => items[place]), content)
  return {
    url,
    request,
    messagesFor: (items) => request.messages.map((message) => ({ ...message, content: fill(message.content, items) })),
  }
}
