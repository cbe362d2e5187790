import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeIssue {
  number: number
  title: string
  body: string | null
  labels: string[]
  state?: 'open' | 'closed'
  isPull?: boolean
}

/** What a request gets instead of its answer; null lets it through. */
export type Fault = (
  request: IncomingMessage,
) => { status: number; headers?: Record<string, string>; body?: string } | null

export interface GitHubServer {
  /** Base URL of its API. */
  api: string
  issues: Map<number, FakeIssue>
  /** Answers that come before the right ones, each once. */
  faults: Fault[]
  /** `GET /path`, in order. */
  log: string[]
  /** Values of the Authorization header, in order. */
  tokens: (string | undefined)[]
  /** Written in this order: `+bug #3`. */
  writes: string[]
  close(): Promise<void>
}

/** The part of GitHub's REST API that issues need, on loopback, with pages of two. */
export async function startGitHubServer(issues: readonly FakeIssue[]): Promise<GitHubServer> {
  const state: Omit<GitHubServer, 'api' | 'close'> = {
    ...{ faults: [], log: [], tokens: [], writes: [] },
    issues: new Map(issues.map((issue) => [issue.number, { ...issue, labels: [...issue.labels] }])),
  }
  let api = ''
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    state.log.push(`${request.method} ${request.url}`)
    state.tokens.push(request.headers.authorization)
    const fault = state.faults[0]?.(request)
    if (state.faults.length > 0) state.faults.shift()
    if (fault) {
      response.writeHead(fault.status, fault.headers).end(fault.body)
      return
    }
    const url = new URL(request.url ?? '', api)
    const [, , , , owner, repo, , number, kind, label] = url.pathname.split('/')
    if (`${owner}/${repo}` !== 'octo/tracker') return send(response, 404, { message: 'Not Found' })
    if (number === undefined) return sendPage(request, response, url)
    const issue = state.issues.get(Number(number))
    if (!issue) return send(response, 410, { message: 'This issue was deleted' })
    if (kind === undefined) return send(response, 200, view(issue))
    if (request.method === 'POST') {
      for (const added of JSON.parse(Buffer.concat(chunks).toString()).labels) {
        issue.labels.push(added)
        state.writes.push(`+${added} #${number}`)
      }
      return send(
        response,
        200,
        issue.labels.map((name) => ({ name })),
      )
    }
    const name = decodeURIComponent(label ?? '')
    if (!issue.labels.includes(name)) return send(response, 404, { message: 'Label does not exist' })
    issue.labels = issue.labels.filter((each) => each !== name)
    state.writes.push(`-${name} #${number}`)
    send(response, 200, [])
  }

  function sendPage(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const page = Number(url.searchParams.get('page') ?? '1')
    const wanted = url.searchParams.get('state')
    const all = [...state.issues.values()].filter((issue) => wanted === 'all' || (issue.state ?? 'open') === wanted)
    const rows = all.slice((page - 1) * 2, page * 2)
    const text = JSON.stringify(rows.map(view))
    const etag = `"${createHash('sha256')
      .update(`${text}${all.length > page * 2}`)
      .digest('hex')}"`
    const next = new URL(url)
    next.searchParams.set('page', String(page + 1))
    const link = all.length > page * 2 ? { link: `<${next.href}>; rel="next", <${url.href}>; rel="first"` } : {}
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end()
    else response.writeHead(200, { 'content-type': 'application/json', etag, ...link }).end(text)
  }

  return {
    ...state,
    api,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function view({ number, title, body, labels, state = 'open', isPull }: FakeIssue): unknown {
  return {
    ...{ number, title, body, state, user: { login: 'mona' } },
    labels: labels.map((name) => ({ name })),
    html_url: `https://github.com/octo/tracker/issues/${number}`,
    created_at: '2026-11-01T00:00:00Z',
    updated_at: '2026-11-02T00:00:00Z',
    ...(isPull ? { pull_request: {} } : {}),
  }
}
