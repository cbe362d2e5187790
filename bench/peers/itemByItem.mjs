// What a person would write first: read the rows, so many calls at a time, one item a call, a result line each. No journal, no resume.
import { createReadStream, createWriteStream } from 'node:fs'
import readline from 'node:readline'

/** `judge(text)` resolves to the text of the model's answer. */
export async function runItemByItem(judge) {
  const [, , input, output, concurrency] = process.argv
  const rows = readline.createInterface({ input: createReadStream(input) })[Symbol.asyncIterator]()
  const results = createWriteStream(output)
  async function work() {
    for (let row = await rows.next(); !row.done; row = await rows.next()) {
      const { id, text } = JSON.parse(row.value)
      const [verdict] = JSON.parse(await judge(text)).verdicts
      results.write(`${JSON.stringify({ id, categories: verdict.categories, confidence: verdict.confidence })}\n`)
    }
  }
  await Promise.all(Array.from({ length: Number(concurrency) }, work))
  await new Promise((resolve) => results.end(resolve))
}

/** The request that our own run sent for one item, as a function of the item's text. */
export function requestTemplate() {
  const { url, body, text } = JSON.parse(process.env.BENCH_TEMPLATE)
  const request = JSON.parse(body)
  const fill = (content, item) => content.replace(text, () => item)
  return {
    url,
    request,
    messagesFor: (item) => request.messages.map((message) => ({ ...message, content: fill(message.content, item) })),
  }
}
