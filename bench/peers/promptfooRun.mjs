// promptfoo as its own documentation has it: one prompt, a test for each row, an assertion that reads the answer; nothing stored,
// nothing sent home. It is loaded from the folder that `promptfoo.mjs` installed it in.
import { createReadStream, createWriteStream } from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { pathToFileURL } from 'node:url'
import { requestTemplate } from './itemByItem.mjs'

const [, , input, output, concurrency, itemsPerCall] = process.argv
const { url, request, messagesFor } = requestTemplate()
const { default: promptfoo } = await import(pathToFileURL(path.join(process.env.BENCH_PROMPTFOO, 'dist/src/index.js')))

const groups = []
for await (const row of readline.createInterface({ input: createReadStream(input) })) {
  const last = groups.at(-1)
  if (last && last.length < Number(itemsPerCall)) last.push(JSON.parse(row))
  else groups.push([JSON.parse(row)])
}
const { messages: _, model, stream: __, ...settings } = request
const evaluation = await promptfoo.evaluate(
  {
    // Nunjucks would read braces in our words as its own: the whole conversation is one variable.
    prompts: ['{{ conversation | safe }}'],
    providers: [
      { id: `openai:chat:${model}`, config: { apiBaseUrl: url, apiKey: 'sk-fake-0123', passthrough: settings } },
    ],
    tests: groups.map((rows) => ({
      vars: { conversation: JSON.stringify(messagesFor(rows.map(({ text }) => text))) },
    })),
    writeLatestResults: false,
  },
  { maxConcurrency: Number(concurrency), cache: false, showProgressBar: false },
)
const { results } = await evaluation.toEvaluateSummary()
const out = createWriteStream(output)
for (const result of results) {
  const rows = groups[result.testIdx]
  const answer = result.response?.output
  const { verdicts } = typeof answer === 'string' ? JSON.parse(answer) : answer
  for (const [place, { id }] of rows.entries()) {
    out.write(`${JSON.stringify({ id, categories: verdicts[place].categories })}\n`)
  }
}
await new Promise((resolve) => out.end(resolve))
process.exit()
