import type { FetchedIssues, IssueFetch } from '../../protocol/github.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import { asFields, type Fields } from '../providers/errorBody.ts'
import { headerText } from '../providers/retryAfter.ts'
import { askGitHub, failed, type GitHubTarget, nextPage, repoUrl } from './githubApi.ts'
import type { FileState, Issue, IssueFile } from './issueFile.ts'

/** A million issues; whoever names more pages than that goes in circles. */
const mostPages = 10_000

/** What the pages hold together. */
export interface FetchedPages {
  issues: Map<string, Issue>
  pages: FileState['pages']
  pullsLeft: number
  requests: number
  unchangedPages: number
}

/** The address of the first page: by when they were made, so that a new issue changes the last page alone. */
export function firstPage(target: GitHubTarget, { state, since, labels }: IssueFetch): string {
  const query = new URLSearchParams({ state, sort: 'created', direction: 'asc', per_page: '100' })
  if (since !== undefined) query.set('since', since)
  if (labels.length > 0) query.set('labels', labels.join(','))
  return `${repoUrl(target)}/issues?${query}`
}

/** All pages, or why not. What GitHub has not changed since is taken from the file, and counts for no limit. */
export async function fetchPages(
  target: GitHubTarget,
  first: string,
  { known, pulls }: { known: Pick<IssueFile, 'issues'> & { pages: FileState['pages'] }; pulls: boolean },
): Promise<Outcome<FetchedPages>> {
  const before = new Map(known.pages.map((page) => [page.url, page]))
  const fetched: FetchedPages = { issues: new Map(), pages: [], pullsLeft: 0, requests: 0, unchangedPages: 0 }
  const seen = new Set<string>()
  for (let url: string | null = first; url !== null; ) {
    if (seen.has(url) || seen.size >= mostPages)
      return fail(failed(target, 'not_github', { sentence: localizable('its pages go in a circle') }))
    seen.add(url)
    const page = before.get(url)
    const isWhole = page?.ids.every((id) => known.issues.has(id)) === true
    const answer = await askGitHub(target, url, isWhole ? { etag: page.etag } : {})
    if (!answer.ok) return answer
    fetched.requests++
    if (answer.value.status === 304 && page) {
      fetched.unchangedPages++
      fetched.pullsLeft += page.pullsLeft
      for (const id of page.ids) {
        const issue = known.issues.get(id)
        if (issue) fetched.issues.set(id, issue)
      }
      fetched.pages.push(page)
      url = page.next
      continue
    }
    const next = nextPage(target, answer.value.headers)
    if (!next.ok) return next
    const read = readPage(target, answer.value.json, pulls)
    if (!read.ok) return read
    for (const issue of read.value.issues) fetched.issues.set(issue.id, issue)
    fetched.pullsLeft += read.value.pullsLeft
    const etag = headerText(answer.value.headers, 'etag')
    const ids = read.value.issues.map(({ id }) => id)
    if (etag !== null) fetched.pages.push({ url, etag, next: next.value, ids, pullsLeft: read.value.pullsLeft })
    url = next.value
  }
  return succeed(fetched)
}

function readPage(
  target: GitHubTarget,
  json: unknown,
  withPulls: boolean,
): Outcome<{ issues: Issue[]; pullsLeft: number }> {
  const rows = Array.isArray(json) ? json.map((row) => ({ row: asFields(row), issue: readIssue(asFields(row)) })) : null
  // An issue that cannot be read is no reason to lose it without a word.
  if (rows === null || rows.some(({ issue }) => issue === null))
    return fail(failed(target, 'not_github', { sentence: localizable('its list of issues cannot be read') }))
  const issues = rows.flatMap(({ issue }) => issue ?? [])
  const kept = withPulls ? issues : issues.filter(({ pull }) => !pull)
  return succeed({ issues: kept, pullsLeft: issues.length - kept.length })
}

/** Null: it is no issue. */
export function readIssue(fields: Fields | null): Issue | null {
  if (fields === null || !Number.isSafeInteger(fields.number) || Number(fields.number) < 1) return null
  if (typeof fields.title !== 'string') return null
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  return {
    id: String(fields.number),
    title: fields.title,
    body: text(fields.body),
    labels: labelsOf(fields),
    state: text(fields.state),
    author: text(asFields(fields.user)?.login),
    url: text(fields.html_url),
    created_at: text(fields.created_at),
    updated_at: text(fields.updated_at),
    pull: asFields(fields.pull_request) !== null,
  }
}

/** Labels come as objects, and in old answers as texts. */
function labelsOf({ labels }: Fields): string[] {
  const list = Array.isArray(labels) ? labels : []
  return list
    .flatMap((label) => (typeof label === 'string' ? label : asFields(label)?.name))
    .filter((name) => typeof name === 'string')
}

/** What the file will hold, in the order of the numbers, and how that differs from what it held. */
export function mergeIssues(
  known: IssueFile['issues'],
  { issues: fetched, pullsLeft, requests, unchangedPages }: FetchedPages,
  isPartial: boolean,
): { issues: Issue[] } & Pick<
  FetchedIssues,
  'added' | 'changed' | 'gone' | 'pullsLeft' | 'requests' | 'unchangedPages'
> {
  const all = isPartial ? new Map([...known, ...fetched]) : fetched
  const issues = [...all.values()].sort((one, other) => Number(one.id) - Number(other.id))
  const ids = [...fetched.keys()]
  const isChanged = (id: string): boolean => JSON.stringify(known.get(id)) !== JSON.stringify(fetched.get(id))
  return {
    issues,
    added: ids.filter((id) => !known.has(id)).length,
    changed: ids.filter((id) => known.has(id) && isChanged(id)).length,
    gone: [...known.keys()].filter((id) => !all.has(id)).length,
    ...{ pullsLeft, requests, unchangedPages },
  }
}
