// An OpenAI-compatible model server that answers at once, in a process of its own, so that a run measures everything but the model.
// It reads the keys of the items out of the prompt and gives each one the same realistic verdict. It decides, too (System One), and tells
// log probabilities. `GET /last` is the last request; `GET /counts` what came since that was asked the last time.
import http from 'node:http'

const verdicts = {
  category_verdicts: (key) =>
    `{"key":"${key}","categories":["Information"],"confidence":0.86,"suggested":{"names":[],"parent":null}}`,
  score_verdicts: (key) =>
    `{"key":"${key}","interest":7,"quality":6,"reasoning":"On topic and clearly written; little that is new."}`,
}

const joined = (key) =>
  `${verdicts.category_verdicts(key).split(',"suggested"')[0]},${verdicts.score_verdicts(key).split(/,(.*)/)[1]}`

let last = ''
let counts = noCounts()

/** In characters, at four of which a token is reckoned. `fresh`: of the bodies, behind what is the same as in the one before. */
function noCounts() {
  return { calls: 0, sent: 0, fresh: 0, answered: 0 }
}

const server = http.createServer((request, response) => {
  if (request.method === 'GET') {
    if (request.url === '/counts') {
      const body = JSON.stringify(counts)
      counts = noCounts()
      return send(response, 'application/json', body)
    }
    const body =
      request.url === '/last'
        ? last
        : '{"object":"list","data":[{"id":"instant","object":"model","created":1,"owned_by":"bench"}]}'
    return send(response, 'application/json', body)
  }
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8')
    const before = last
    last = body
    const wantsCounts = process.env.BENCH_COUNTS === '1'
    if (wantsCounts) count(before, body)
    if (request.url.endsWith('/systemone')) return send(response, 'application/json', decided(body))
    if (body.includes('"logprobs":true')) {
      counts.answered += 4
      return send(response, 'application/json', readOut())
    }
    const content = JSON.stringify(answerTo(last))
    if (wantsCounts) counts.answered += content.length
    if (last.includes('"stream":true')) send(response, 'text/event-stream', streamed(content))
    else send(response, 'application/json', whole(content))
  })
})

function count(before, body) {
  let common = 0
  while (common < body.length && before.charCodeAt(common) === body.charCodeAt(common)) common += 1
  counts.calls += 1
  counts.sent += body.length
  counts.fresh += body.length - common
}

/** Answers by the questions, which are the same for every item of a run. */
const decisions = new Map()

function decided(body) {
  const asked = body.slice(body.lastIndexOf('"questions":'))
  const known = decisions.get(asked)
  if (known !== undefined) return known
  const { questions } = JSON.parse(body)
  const answers = Object.fromEntries(Object.entries(questions).map(([id, question]) => [id, decide(question)]))
  const answer = JSON.stringify({ model: 'instant', answers, usage: { input_tokens: 400, output_tokens: 0 } })
  decisions.set(asked, answer)
  return answer
}

function decide({ type, criteria }) {
  if (type === 'noul') return { type, noul: 0.1 }
  const names = Object.keys(criteria)
  const rest = 0.1 / (names.length - 1)
  const probabilities = Object.fromEntries(names.map((name, place) => [name, place === 0 ? 0.9 : rest]))
  if (type === 'choice') return { type, choice: names[0], probabilities, confidence: 0.85 }
  const score = names.reduce((sum, _, level) => sum + level * (level === 0 ? 0.9 : rest), 0)
  return {
    type,
    score,
    legend: Object.fromEntries(names.map((name) => [name, 'level'])),
    probabilities,
    confidence: 0.85,
  }
}

/** One token, sure of the first option, or of no. */
function readOut() {
  const shares = { A: 0.9, No: 0.06, B: 0.02, C: 0.01 }
  const alternatives = Object.entries(shares).map(([token, share]) => ({
    token,
    logprob: Math.log(share),
    bytes: null,
  }))
  const content = [{ ...alternatives[0], top_logprobs: alternatives }]
  return `{${head},"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"A","refusal":null},"logprobs":${JSON.stringify({ content })},"finish_reason":"length"}],${usage()}}`
}

/** By text: parsing each request would make the server the slow one. */
function answerTo(body) {
  const one = body.includes('score_verdicts') ? verdicts.score_verdicts : verdicts.category_verdicts
  const verdict = body.includes('item_verdicts') ? joined : one
  const keys = [...body.matchAll(/<<<ITEM (\S+) [A-Za-z0-9]{8,}\\n/g)].map(([, key]) => key)
  return `{"verdicts":[${keys.map(verdict).join(',')}]}`
}

const head = '"id":"chatcmpl-B7kq2x9","created":1795226400,"model":"instant"'
/** What was sent, at four characters a token: an answer to a prompt that was cut would not be used. */
const usage = () => {
  const read = Math.ceil(last.length / 4)
  return `"usage":{"prompt_tokens":${read},"completion_tokens":38,"total_tokens":${read + 38}}`
}

function whole(content) {
  return `{${head},"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":${content},"refusal":null},"finish_reason":"stop"}],${usage()}}`
}

function streamed(content) {
  const chunk = (rest) => `data: {${head},"object":"chat.completion.chunk",${rest}}\n\n`
  return (
    chunk(`"choices":[{"index":0,"delta":{"role":"assistant","content":${content}},"finish_reason":null}]`) +
    chunk('"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]') +
    chunk(`"choices":[],${usage()}`) +
    'data: [DONE]\n\n'
  )
}

function send(response, type, body) {
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
// The bench is gone: so is its server.
process.on('disconnect', () => process.exit())
