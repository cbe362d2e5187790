// An OpenAI-compatible model server that answers at once, in a process of its own, so that a run measures everything but the model.
// It reads the keys of the items out of the prompt and gives each one the same realistic verdict. `GET /last` is the last request.
import http from 'node:http'

const verdicts = {
  category_verdicts: (key) =>
    `{"key":"${key}","categories":["Technology"],"confidence":0.86,"suggested":{"names":[],"parent":null}}`,
  score_verdicts: (key) =>
    `{"key":"${key}","interest":7,"quality":6,"reasoning":"On topic and clearly written; little that is new."}`,
}

let last = ''

const server = http.createServer((request, response) => {
  if (request.method === 'GET') {
    const body =
      request.url === '/last'
        ? last
        : '{"object":"list","data":[{"id":"instant","object":"model","created":1,"owned_by":"bench"}]}'
    return send(response, 'application/json', body)
  }
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    last = Buffer.concat(chunks).toString('utf8')
    const content = JSON.stringify(answerTo(last))
    if (last.includes('"stream":true')) send(response, 'text/event-stream', streamed(content))
    else send(response, 'application/json', whole(content))
  })
})

/** By text: parsing each request would make the server the slow one. */
function answerTo(body) {
  const verdict = body.includes('score_verdicts') ? verdicts.score_verdicts : verdicts.category_verdicts
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
