import { Buffer } from 'node:buffer'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import type { IssueLabels, LabelledIssue, LabelledIssues } from '../../protocol/github.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { readRegularFile } from '../files/regularFile.ts'
import { asFields } from '../providers/errorBody.ts'
import { readIssue } from './fetchIssues.ts'
import { askGitHub, type GitHubTarget, repoUrl } from './githubApi.ts'
import type { Issue } from './issueFile.ts'
import { remainingOf } from './labelPlan.ts'

/** What was written to one issue, so that it can be taken back; `undone`: it was. */
const Written = z.object({
  number: z.int().positive(),
  add: z.array(z.string()),
  remove: z.array(z.string()),
  undone: z.boolean().default(false),
})
type Written = z.infer<typeof Written>

const longestLog = 64 * 1024 * 1024

/** The writes of a run's labels, one line each, in order. Each is on the disk before the next request goes out. */
export class WrittenLabels {
  readonly #files: RunFiles
  readonly #path: string

  constructor(files: RunFiles, dataDir: string, runId: string) {
    this.#files = files
    this.#path = join(dataDir, 'github', `${runId}.labels.jsonl`)
  }

  async add(written: Written): Promise<void> {
    await this.#files.makeFolder(dirname(this.#path))
    const file = await this.#files.open(this.#path, 'a', 0o600)
    try {
      await file.appendFile(Buffer.from(`${JSON.stringify(written)}\n`))
      await file.sync()
    } finally {
      await file.close()
    }
  }

  /** Newest first; what was taken back is not there any more. A line that a crash cut off was never a whole write. */
  async standing(): Promise<Written[]> {
    const standing: Written[] = []
    for (const line of (await this.#read()).split('\n')) {
      const written = readWritten(line)
      if (!written) continue
      if (!written.undone) standing.push(written)
      else {
        const at = standing.findLastIndex((each) => isSameWrite(each, written))
        if (at >= 0) standing.splice(at, 1)
      }
    }
    return standing.reverse()
  }

  async #read(): Promise<string> {
    try {
      return (await readRegularFile(this.#files, this.#path, longestLog)).toString('utf8')
    } catch (error) {
      ignoreFileErrors(error)
      return ''
    }
  }
}

function readWritten(line: string): Written | null {
  try {
    const parsed = Written.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

function isSameWrite(one: Written, other: Written): boolean {
  return JSON.stringify([one.number, one.add, one.remove]) === JSON.stringify([other.number, other.add, other.remove])
}

/** Writes the changes, each after the issue was read once more. Stops where GitHub lets nothing more through. */
export async function applyLabels(
  target: GitHubTarget,
  changes: readonly IssueLabels[],
  issues: ReadonlyMap<string, Issue>,
  log: WrittenLabels,
): Promise<Outcome<LabelledIssues>> {
  const done: LabelledIssue[] = []
  for (const change of changes) {
    if (target.signal.aborted) return succeed({ issues: done, stopped: fail({ code: 'cancelled' }).reason })
    const one = await applyTo(target, change, issues.get(String(change.number)), log)
    if (one.stopped) return succeed({ issues: one.issue ? [...done, one.issue] : done, stopped: one.stopped })
    if (one.issue) done.push(one.issue)
  }
  return succeed({ issues: done })
}

type Step = { issue?: LabelledIssue; stopped?: Reason }

async function applyTo(
  target: GitHubTarget,
  change: IssueLabels,
  judged: Issue | undefined,
  log: WrittenLabels,
): Promise<Step> {
  const { number } = change
  const now = await readNow(target, number)
  if (!now.ok) return leftOrStopped(number, now.reason)
  if (!judged || now.value.title !== judged.title || now.value.body !== judged.body)
    return left(number, localizable('its text has changed since it was fetched'))
  const rest = remainingOf(change, now.value.labels)
  if (rest === null) return left(number, localizable('its labels have changed since it was fetched'))
  if (rest.add.length + rest.remove.length === 0) return { issue: { number, outcome: 'same' } }
  return await write(target, number, rest, (written) => log.add({ number, ...written, undone: false }))
}

/** Takes back what still stands of the writes: what others have changed since stays as it is. */
export async function undoLabels(
  target: GitHubTarget,
  log: WrittenLabels,
  most: number,
): Promise<Outcome<LabelledIssues & { left: number }>> {
  const standing = await log.standing()
  const done: LabelledIssue[] = []
  for (const [index, written] of standing.slice(0, most).entries()) {
    if (target.signal.aborted)
      return succeed({ issues: done, stopped: fail({ code: 'cancelled' }).reason, left: standing.length - index })
    const step = await undo(target, written)
    if (step.issue) done.push(step.issue)
    if (step.stopped) return succeed({ issues: done, stopped: step.stopped, left: standing.length - index })
    await log.add({ ...written, undone: true })
  }
  return succeed({ issues: done, left: Math.max(0, standing.length - most) })
}

async function undo(target: GitHubTarget, { number, add, remove }: Written): Promise<Step> {
  const now = await readNow(target, number)
  if (!now.ok) return leftOrStopped(number, now.reason)
  const back = { before: now.value.labels, add: remove, remove: add }
  const rest = remainingOf(back, now.value.labels) ?? { add: [], remove: [] }
  if (rest.add.length + rest.remove.length === 0) return { issue: { number, outcome: 'same' } }
  return await write(target, number, rest, async () => undefined)
}

/** Never a label more than named: one request adds, and one each removes. What a part of it did is noted, too. */
async function write(
  target: GitHubTarget,
  number: number,
  { add, remove }: { add: readonly string[]; remove: readonly string[] },
  note: (written: { add: string[]; remove: string[] }) => Promise<void>,
): Promise<Step> {
  const url = `${repoUrl(target)}/issues/${number}/labels`
  const written = { add: [] as string[], remove: [] as string[] }
  const end = async (step: Step): Promise<Step> => {
    if (written.add.length + written.remove.length > 0) await note(written)
    return step
  }
  if (add.length > 0) {
    const added = await askGitHub(target, url, { method: 'POST', body: { labels: add } })
    if (!added.ok) return await end(leftOrStopped(number, added.reason))
    written.add.push(...add)
  }
  for (const label of remove) {
    const removed = await askGitHub(target, `${url}/${encodeURIComponent(label)}`, { method: 'DELETE' })
    // Somebody else was faster.
    const isGone = !removed.ok && removed.reason.code === 'github_failed' && removed.reason.problem === 'not_found'
    if (isGone) continue
    if (!removed.ok) return await end(leftOrStopped(number, removed.reason))
    written.remove.push(label)
  }
  return await end({ issue: { number, outcome: 'done' } })
}

async function readNow(target: GitHubTarget, number: number): Promise<Outcome<Issue>> {
  const answer = await askGitHub(target, `${repoUrl(target)}/issues/${number}`)
  if (!answer.ok) return answer
  const issue = readIssue(asFields(answer.value.json))
  if (issue && issue.id === String(number)) return succeed(issue)
  const { repo, api } = target
  return fail({ code: 'github_failed', repo, api, problem: 'not_github', retryAfterMs: null })
}

/** What concerns this issue alone leaves it; whatever else it is, the next one would meet, too. */
function leftOrStopped(number: number, reason: Reason): Step {
  if (reason.code === 'github_failed') {
    if (reason.problem === 'not_found') return left(number, localizable('it is not there any more'), reason)
    if (reason.problem === 'moved') return left(number, localizable('it was moved elsewhere'), reason)
    if (reason.problem === 'refused') return left(number, localizable('GitHub refused the change'), reason)
  }
  return { stopped: reason }
}

function left(number: number, why: LocalizableMessage, reason?: Reason): Step {
  return { issue: { number, outcome: 'left', ...withMessage('why', why), ...(reason ? { reason } : {}) } }
}
