// A model that knows what is right of each ticket, and errs a little: of one in 25 always, and of more of them the longer a call is beyond 25
// items. It answers in the shape that the request's schema asks for, with a reason as long as it is asked for.
import { createHash } from 'node:crypto'
import http from 'node:http'
import { encode } from 'gpt-tokenizer'

const usualReason =
  'The ticket states its problem plainly and in order, so the reader can act on it without asking again.'
const shortReason = 'Clearly stated problem that the reader can act on.'

/** How a share of all texts, always the same ones, is told. */
function shareOf(text) {
  return createHash('sha256').update(text.trim()).digest().readUInt32BE() / 2 ** 32
}

function errs(text, items) {
  return shareOf(text) < 0.04 + Math.max(0, items - 25) * 0.012
}

/** `labelOf`: what is right of a text. `requests`: what was asked, in tokens and as a text that begins with what comes again. */
export async function startScriptedModel(labelOf) {
  const requests = []
  const server = http.createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    if (request.method === 'GET') return send(response, { object: 'list', data: [{ id: 'scripted', object: 'model' }] })
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    // It only talks.
    if (!Array.isArray(body.messages)) return response.writeHead(404).end('{"error":{"message":"not found"}}')
    const schema = body.response_format?.json_schema?.schema ?? {}
    const texts = body.messages.map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)))
    const asked = texts.join('\n')
    const answer = JSON.stringify(answerTo(schema, asked, labelOf))
    const sent = `${JSON.stringify(schema)}\n${asked}`
    requests.push({ sent, answer })
    send(response, completion(answer, encode(asked).length))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    take: () => requests.splice(0),
    stop: () => server.close(),
  }
}

function answerTo(schema, asked, labelOf) {
  const reason = asked.includes('10 words') ? shortReason : usualReason
  const keys = Object.keys(schema.properties?.verdicts?.properties ?? {})
  if (keys.length === 0) return verdictOn(asked.slice(asked.lastIndexOf('Ticket ')), 1, { schema, reason, labelOf })
  const texts = new Map(
    [...asked.matchAll(/<<<ITEM (\S+) \S+\n([\s\S]*?)\nITEM \1 \S+>>>/g)].map(([, key, text]) => [key, text]),
  )
  const { v } = schema.$defs
  const verdicts = keys.map((key) => [
    key,
    verdictOn(texts.get(key) ?? '', keys.length, { schema: v, reason, labelOf }),
  ])
  return { verdicts: Object.fromEntries(verdicts) }
}

function verdictOn(text, items, { schema, reason, labelOf }) {
  const { properties = {} } = schema
  const offered = properties.categories?.items?.enum ?? properties.category?.enum ?? []
  const right = labelOf(text, offered)
  const at = offered.indexOf(right)
  const label = errs(text, items) ? offered[(at + 1) % offered.length] : right
  const seven = Math.floor(shareOf(`interest ${text}`) * 11)
  const all = {
    ...{
      categories: [label],
      category: label,
      confidence: properties.confidence?.type === 'integer' ? 90 : 0.9,
      suggested: null,
    },
    ...{ interest: seven, quality: (seven * 3) % 11, reasoning: reason },
  }
  return Object.fromEntries(Object.keys(properties).map((name) => [name, all[name] ?? null]))
}

function completion(content, read) {
  const usage = { prompt_tokens: read, completion_tokens: encode(content).length, total_tokens: read + 1 }
  const message = { role: 'assistant', content }
  return {
    ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'scripted', usage },
    choices: [{ index: 0, message, finish_reason: 'stop' }],
  }
}

function send(response, value) {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}
