import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** GitHub takes 65,536 letters; the rest is in the summary of the job. */
const longestComment = 60_000

/**
 * One comment for each source, written over by the next report. Answers with a sentence where there is none to tell of (no pull request, a
 * token that may not write), null where it stands there. `key` tells comments apart.
 */
export async function commentReport(env, { token, key, report }) {
  const { number, repository } = pullRequestOf(env)
  if (number === null || !repository) return 'this is no pull request, so nothing is commented'
  if (token === '') return 'there is no token, so nothing is commented'
  const marker = `<!-- llm-providers ${createHash('sha256').update(key).digest('hex').slice(0, 16)} -->`
  const body = `${marker}\n${cut(withoutMentions(report))}`
  const call = caller(`${env.GITHUB_API_URL || 'https://api.github.com'}/repos/${repository}/issues`, token)
  const found = await findComment(call, number, marker)
  if (found !== null && (await call('PATCH', `/comments/${found}`, { body })).ok) return null
  const made = await call('POST', `/${number}/comments`, { body })
  return made.ok ? null : `the report cannot be commented: GitHub answers ${made.status}`
}

function pullRequestOf({ GITHUB_EVENT_PATH, GITHUB_REPOSITORY }) {
  const event = GITHUB_EVENT_PATH ? JSON.parse(readFileSync(GITHUB_EVENT_PATH, 'utf8')) : {}
  const number = event.pull_request?.number ?? null
  return { number: Number.isInteger(number) ? number : null, repository: GITHUB_REPOSITORY }
}

/** Null: there is none yet, or they cannot be listed. */
async function findComment(call, number, marker) {
  for (let page = 1; page <= 30; page++) {
    const answer = await call('GET', `/${number}/comments?per_page=100&page=${page}`)
    const comments = answer.ok ? await answer.json() : []
    const found = comments.find(({ body }) => typeof body === 'string' && body.startsWith(marker))
    if (found) return found.id
    if (comments.length < 100) return null
  }
  return null
}

function caller(base, token) {
  return (method, place, value) =>
    fetch(`${base}${place}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'x-github-api-version': '2022-11-28',
      },
      ...(value ? { body: JSON.stringify(value) } : {}),
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
    })
}

/** Whoever is named in an item is not to be called: a joiner that nobody sees stands behind each @. */
function withoutMentions(text) {
  return text.replaceAll('@', '@\u2060')
}

function cut(text) {
  if (text.length <= longestComment) return text
  const end = text.lastIndexOf('\n', longestComment)
  return `${text.slice(0, end < 0 ? longestComment : end)}\n\n… The rest is in the summary of the job.`
}
