// `npm run bench -- --first-token`: how long the first words of an answer take, in a conversation and by the vendor's own SDK, in turns.
import { createServer } from 'node:http'
import OpenAI from 'openai'
import { startTestServer } from '../test/support/protocol/testServer.ts'

/** What the model itself takes before its first word. */
const modelMs = 20
const warmUps = 3

/** Prints both medians and their ratio. */
export async function runFirstToken({ pairs, isJson }) {
  const model = await startModel()
  const server = await startTestServer()
  try {
    const config = { base_url: `${model.origin}/v1` }
    await must(server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config, create: true }))
    const thread = await must(server.request('thread/create', { provider: 'local', model: 'writer' }))
    const sdk = new OpenAI({ baseURL: `${model.origin}/v1`, apiKey: 'obviously-fake', maxRetries: 0 })
    const times = { thread: [], sdk: [] }
    for (let pair = -warmUps; pair < pairs; pair++) {
      const ours = await inThread(server, thread.id)
      const theirs = await bySdk(sdk)
      if (pair < 0) continue
      times.thread.push(ours)
      times.sdk.push(theirs)
    }
    const [ours, theirs] = [median(times.thread), median(times.sdk)]
    const figures = { pairs, threadMs: ours, sdkMs: theirs, ratio: Number((ours / theirs).toFixed(2)), modelMs }
    process.stdout.write(
      isJson
        ? `${JSON.stringify(figures)}\n`
        : `first token: ${ours} ms in a conversation, ${theirs} ms by the SDK, ratio ${figures.ratio} (${pairs} pairs, ${modelMs} ms of them the model's)\n`,
    )
    return true
  } finally {
    await server.stop()
    await model.close()
  }
}

async function inThread(server, threadId) {
  const begun = performance.now()
  let first = null
  const listening = server.connection.onNotification('thread/delta', () => {
    first ??= performance.now() - begun
  })
  await must(server.request('thread/send', { threadId, text: 'What do they want?' }))
  listening.dispose()
  if (first === null) throw new Error('no piece of the answer came')
  return first
}

async function bySdk(sdk) {
  const begun = performance.now()
  const messages = [{ role: 'user', content: 'What do they want?' }]
  let first = null
  for await (const { choices } of await sdk.chat.completions.create({ model: 'writer', messages, stream: true })) {
    if (choices[0]?.delta.content) first ??= performance.now() - begun
  }
  if (first === null) throw new Error('no piece of the answer came')
  return first
}

/** Streams one short answer, a word at a time. */
async function startModel() {
  const piece = (content) =>
    `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
  const server = createServer((request, response) => {
    request.resume()
    if (request.url !== '/v1/chat/completions') {
      response.writeHead(200, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify({ object: 'list', data: [{ id: 'writer', object: 'model' }] }))
    }
    request.once('end', () =>
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        for (const word of ['They ', 'want ', 'refunds. ', 'Soon.']) response.write(piece(word))
        response.end('data: [DONE]\n\n')
      }, modelMs),
    )
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function must(asked) {
  const outcome = await asked
  if (!outcome.ok) throw new Error(outcome.reason.message)
  return outcome.value
}

function median(values) {
  const sorted = values.toSorted((one, other) => one - other)
  return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1))
}
