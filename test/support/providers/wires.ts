import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ChatRequest } from './fakeModelServer.ts'

export type Wire = 'openai' | 'anthropic' | 'ollama'

const wireOfPath: Record<string, Wire> = {
  '/v1/chat/completions': 'openai',
  '/chat/completions': 'openai',
  '/v1/messages': 'anthropic',
  '/api/chat': 'ollama',
}

type Body = Record<string, unknown>

/** Null when the path is none for answers. */
export async function readChatRequest(path: string, request: IncomingMessage): Promise<ChatRequest | null> {
  const wire = wireOfPath[path]
  const text = await readText(request)
  if (!wire) return null
  const body = JSON.parse(text) as Body
  const messages = (body.messages ?? []) as { role: string; content: string }[]
  const said = (...roles: string[]) =>
    messages
      .filter(({ role }) => roles.includes(role))
      .map(({ content }) => content)
      .join('\n')
  return {
    wire,
    model: String(body.model),
    system: typeof body.system === 'string' ? body.system : said('system', 'developer'),
    prompt: said('user'),
    schema: schemaOf(body),
    stream: wire === 'ollama' ? body.stream !== false : body.stream === true,
    headers: request.headers,
    body,
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Wherever the wires put a schema: response_format, output_config, format, or the parameters of a tool. */
function schemaOf(body: Body): Body | null {
  const at = (...path: (string | number)[]) =>
    path.reduce<unknown>((value, part) => (value as Body | undefined)?.[part], body)
  const found =
    at('response_format', 'json_schema', 'schema') ??
    at('output_config', 'format', 'schema') ??
    at('tools', 0, 'function', 'parameters') ??
    at('tools', 0, 'input_schema') ??
    at('format')
  return typeof found === 'object' && found !== null ? (found as Body) : null
}

export function writeAnswer(chat: ChatRequest, text: string, response: ServerResponse): void {
  const lines = chat.stream ? streamOf(chat, text) : [JSON.stringify(wholeOf(chat, text))]
  const types = { openai: 'text/event-stream', anthropic: 'text/event-stream', ollama: 'application/x-ndjson' }
  response.writeHead(200, { 'content-type': chat.stream ? types[chat.wire] : 'application/json' })
  response.end(lines.join(''))
}

const hasTools = (chat: ChatRequest) => Array.isArray(chat.body.tools)

function wholeOf(chat: ChatRequest, text: string): Body {
  const { model } = chat
  switch (chat.wire) {
    case 'openai': {
      const call = { id: 'call_1', type: 'function', function: { name: toolName(chat), arguments: text } }
      const message = hasTools(chat) ? { content: null, tool_calls: [call] } : { content: text }
      const choice = { index: 0, finish_reason: 'stop', message: { role: 'assistant', ...message } }
      const usage = { prompt_tokens: 1000, completion_tokens: 20, total_tokens: 1020 }
      return { id: 'chatcmpl-1', object: 'chat.completion', created: 0, model, choices: [choice], usage }
    }
    case 'anthropic': {
      const tool = () => ({ type: 'tool_use', id: 'toolu_1', name: toolName(chat), input: JSON.parse(text) as unknown })
      const content = [hasTools(chat) ? tool() : { type: 'text', text }]
      const usage = { input_tokens: 990, cache_read_input_tokens: 10, output_tokens: 20 }
      return { id: 'msg_1', type: 'message', role: 'assistant', model, content, stop_reason: 'end_turn', usage }
    }
    case 'ollama':
      return { ...ollamaLine(model, text), done: true, done_reason: 'stop', prompt_eval_count: 1000, eval_count: 20 }
  }
}

/** In two pieces, so that readers have to put them together. */
function streamOf(chat: ChatRequest, text: string): string[] {
  const half = Math.ceil(text.length / 2)
  const pieces = [text.slice(0, half), text.slice(half)]
  if (chat.wire === 'ollama') {
    const last = {
      ...ollamaLine(chat.model, ''),
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 1000,
      eval_count: 20,
    }
    return [...pieces.map((piece) => ollamaLine(chat.model, piece)), last].map((line) => `${JSON.stringify(line)}\n`)
  }
  if (chat.wire === 'anthropic') throw new Error('the fake does not stream the Anthropic wire')
  const chunk = (delta: Body, finish: string | null, usage?: Body) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 0,
    model: chat.model,
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...(usage ? { usage } : {}),
  })
  const delta = (piece: string): Body =>
    hasTools(chat)
      ? {
          tool_calls: [
            { index: 0, id: 'call_1', type: 'function', function: { name: toolName(chat), arguments: piece } },
          ],
        }
      : { content: piece }
  const usage = { prompt_tokens: 1000, completion_tokens: 20, total_tokens: 1020 }
  const events = [...pieces.map((piece) => chunk(delta(piece), null)), chunk({}, 'stop', usage)]
  return [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), 'data: [DONE]\n\n']
}

function ollamaLine(model: string, content: string): Body {
  return { model, created_at: '2026-11-21T00:00:00Z', message: { role: 'assistant', content }, done: false }
}

function toolName(chat: ChatRequest): string {
  const tools = (chat.body.tools ?? []) as { name?: string; function?: { name: string } }[]
  return tools[0]?.function?.name ?? tools[0]?.name ?? 'answer'
}
