import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

interface SystemOneQuestion {
  type: 'choice' | 'score' | 'noul'
  instructions: string
  criteria?: Record<string, string> | string[]
}

export interface DecisionCall {
  model: string
  state: string
  questions: Record<string, SystemOneQuestion>
}

/** What is answered: the option or level that gets the most, by the id of the question, or a probability of a yes-or-no question. */
export type Said = Readonly<Record<string, string | number>>

export interface FakeDecisionServer {
  readonly origin: string
  readonly port: number
  /** Requests for decisions, in order of arrival. */
  readonly calls: DecisionCall[]
  /** Replaces what decides the answers; a number is the status of a refusal. */
  decide(decide: (call: DecisionCall, count: number) => Said | number): void
  /** Requests arriving from now on wait until the returned function is called. */
  hold(): () => void
  arrived(count: number): Promise<void>
  close(): Promise<void>
}

/** A System One server with one model, `fake-decider`, which says in its list that it decides; its limits are those of vLLM. */
export async function startFakeDecisionServer(): Promise<FakeDecisionServer> {
  const calls: DecisionCall[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  let decide: (call: DecisionCall, count: number) => Said | number = () => ({})
  let gate: Promise<void> = Promise.resolve()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== '/v1/systemone') return send(response, request.url === '/v1/models' ? 200 : 404, list)
    const call = JSON.parse(await text(request)) as DecisionCall
    calls.push(call)
    for (const each of waiting) if (calls.length >= each.count) each.resolve()
    await gate
    const said = decide(call, calls.length)
    if (typeof said === 'number') return send(response, said, { error: { message: `status ${said}`, type: 'fake' } })
    const answers = Object.fromEntries(
      Object.entries(call.questions).map(([id, question]) => [id, answerTo(question, said[id])]),
    )
    const usage = { input_tokens: 100 + Math.ceil(call.state.length / 4), output_tokens: 0 }
    send(response, 200, { model: call.model, answers, usage })
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    calls,
    decide: (next) => {
      decide = next
    },
    hold: () => {
      let release = () => {}
      gate = new Promise((resolve) => {
        release = resolve
      })
      return release
    },
    arrived: (count) =>
      new Promise((resolve) => {
        if (calls.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const modalities = { input_modalities: ['text'], output_modalities: ['text', 'decisions'] }
const list = {
  object: 'list',
  data: [{ id: 'fake-decider', object: 'model', created: 0, owned_by: 'vllm', architecture: modalities }],
}

function answerTo(question: SystemOneQuestion, said: string | number | undefined): object {
  if (question.type === 'noul') return { type: 'noul', noul: said ?? 0 }
  const { criteria = {} } = question
  const names = Array.isArray(criteria) ? criteria.map((_, level) => String(level)) : Object.keys(criteria)
  const chosen = String(said ?? (Array.isArray(criteria) ? 3 : names[0]))
  const rest = 0.2 / Math.max(1, names.length - 1)
  const probabilities = Object.fromEntries(names.map((name) => [name, name === chosen ? 0.8 : rest]))
  if (question.type === 'choice') return { type: 'choice', choice: chosen, probabilities, confidence: 0.7 }
  const score = names.reduce((sum, name) => sum + Number(name) * (probabilities[name] ?? 0), 0)
  const legend = Object.fromEntries(names.map((name, level) => [name, (criteria as string[])[level]]))
  return { type: 'score', score, legend, probabilities, confidence: 0.7 }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
