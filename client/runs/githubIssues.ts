import { setTimeout } from 'node:timers/promises'
import {
  authentication,
  type CancellationToken,
  commands,
  type Disposable,
  l10n,
  ProgressLocation,
  Uri,
  window,
  workspace,
} from 'vscode'
import {
  GitHubRepo,
  githubApi,
  type IssueLabels,
  type LabelChoice,
  type LabelledIssue,
  type LabelPlan,
  mostLabelled,
} from '../../protocol/github.ts'
import { githubHolder } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import type { Api } from '../connection/api.ts'
import { localizeOr, plural } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import { trustedFolder } from './chooseFolder.ts'
import { pickRun } from './listedRuns.ts'

const scopes = ['repo']
const labelScheme = 'llm-providers-labels'

interface GitHubPartsOfEditor {
  notifier: Notifier
  now: () => number
}

/** Which sign-in of the editor is for an API; null: none is. */
function signInFor(origin: string): string | null {
  if (origin === new URL(githubApi).origin) return 'github'
  const enterprise = workspace.getConfiguration('github-enterprise').get<string>('uri') ?? ''
  if (!URL.canParse(enterprise)) return null
  const [own, asked] = [new URL(enterprise), new URL(origin)]
  const isOwn = own.protocol === asked.protocol && (own.host === asked.host || `api.${own.host}` === asked.host)
  return isOwn ? 'github-enterprise' : null
}

/** The answer to the server, which asks for one API at a time: the editor's sign-in, where the person has agreed to its use. */
export async function answerGitHubToken(origin: string): Promise<Outcome<{ key: string }>> {
  const provider = signInFor(origin)
  const session = provider === null ? undefined : await authentication.getSession(provider, scopes, { silent: true })
  if (session) return succeed({ key: session.accessToken })
  return fail({ code: 'secret_missing', provider: githubHolder, source: 'secret_store', origin })
}

/** Asks for a repository and a file, signs in, and fetches the issues; then the file can be judged. */
export async function fetchGitHubIssues(api: Api, { notifier }: GitHubPartsOfEditor): Promise<void> {
  const repo = await window.showInputBox({
    title: l10n.t('Issues of GitHub'),
    prompt: l10n.t('Which repository?'),
    placeHolder: 'owner/name',
    ignoreFocusOut: true,
    validateInput: (text) => (GitHubRepo.safeParse(text.trim()).success ? undefined : l10n.t('owner/name is needed')),
  })
  if (repo === undefined) return
  const name = `${repo.trim().replace('/', '-')}.issues.jsonl`
  const folder = workspace.workspaceFolders?.[0]?.uri
  const target = await window.showSaveDialog({
    title: l10n.t('Where to?'),
    filters: { JSONL: ['jsonl'] },
    ...(folder ? { defaultUri: Uri.joinPath(folder, name) } : {}),
  })
  if (!target) return
  // What a person refuses here, public repositories do without.
  const session = await authentication.getSession('github', scopes, { createIfNone: true }).then(
    (found) => found,
    () => undefined,
  )
  if (session) await api.notify('secret/changed', { provider: githubHolder })
  const near = trustedFolder(target)
  const fetched = await window.withProgress(
    { location: ProgressLocation.Notification, title: l10n.t('Fetching the issues of {0}', repo), cancellable: true },
    async (_, token) =>
      await api.request(
        'github/fetch',
        {
          ...{ repo: repo.trim(), path: target.fsPath, token: session ? 'store' : 'none' },
          // The dialog has asked already whether the file is to be replaced.
          overwrite: true,
          ...(near === null ? {} : { workspaceFolder: near }),
        },
        token,
      ),
  )
  if (!fetched.ok) return notifier.showFailure(fetched.reason)
  await commands.executeCommand('vscode.open', target)
  const judge = l10n.t('Categorize and score')
  const sentence = plural(fetched.value.issues, '{0} issue is in the file.', '{0} issues are in the file.')
  if ((await window.showInformationMessage(sentence, judge)) === judge)
    await commands.executeCommand('llmProviders.categorizeAndScore', target, [target])
}

/** The two sides of the last plan that was shown; a diff that is still open from before shows nothing any more. */
const shown = new Map<string, string>()

/** Texts of label plans, beside each other in a diff. */
export function provideLabelPlans(): Disposable {
  return workspace.registerTextDocumentContentProvider(labelScheme, {
    provideTextDocumentContent: (uri) => shown.get(uri.toString()) ?? '',
  })
}

/** Shows what labels the issues of a run would get, as a diff; they are written once that is accepted, and can be taken back. */
export async function showGitHubLabels(
  api: Api,
  wanted: string | undefined,
  { notifier, now }: GitHubPartsOfEditor,
): Promise<void> {
  const runId = wanted ?? (await pickRun(api, l10n.t('Results as labels'), hasResults, now()))?.runId
  if (runId === undefined) return
  const choice: LabelChoice = { runId, mapping: {}, remove: [], replace: false }
  const plan = await api.request('github/planLabels', choice)
  if (!plan.ok) return notifier.showFailure(plan.reason)
  const { changes, repo } = plan.value
  if (changes.length === 0) {
    void window.showInformationMessage(l10n.t('The issues have these labels already.'))
    return
  }
  await openDiff(plan.value)
  const write = l10n.t('Write labels')
  const question = plural(
    changes.length,
    'Change the labels of {0} issue of {1}?',
    'Change the labels of {0} issues of {1}?',
    repo,
  )
  if ((await window.showInformationMessage(question, write)) !== write) return
  const numbers = changes.map(({ number }) => number)
  await withSteps(l10n.t('Writing labels'), numbers.length, notifier, async (done, token) => {
    const part = numbers.slice(done, done + mostLabelled)
    const written = await api.request(
      'github/applyLabels',
      { ...choice, digest: plan.value.digest, numbers: part },
      token,
    )
    return { written, isLast: done + mostLabelled >= numbers.length }
  })
  const undo = l10n.t('Undo')
  if ((await window.showInformationMessage(l10n.t('Take back what was written, if it was a mistake.'), undo)) === undo)
    await undoGitHubLabels(api, runId, notifier)
}

export async function undoGitHubLabels(api: Api, runId: string, notifier: Notifier): Promise<void> {
  await withSteps(l10n.t('Taking labels back'), null, notifier, async (_, token) => {
    const written = await api.request('github/undoLabels', { runId }, token)
    return { written, isLast: !written.ok || written.value.left === 0 }
  })
}

function hasResults({ counts }: RunView): boolean {
  return counts.ok > 0
}

async function openDiff({ runId, repo, changes }: LabelPlan): Promise<void> {
  const address = (side: string): Uri =>
    Uri.from({ scheme: labelScheme, path: `/${repo}/labels.txt`, query: `${runId}.${side}.${shown.size}` })
  const [before, after] = [address('before'), address('after')]
  shown.clear()
  shown.set(
    before.toString(),
    textOf(changes, ({ before: labels }) => labels),
  )
  shown.set(after.toString(), textOf(changes, labelsAfter))
  await commands.executeCommand('vscode.diff', before, after, l10n.t('{0}: labels', repo), { preview: true })
}

function labelsAfter({ before, add, remove }: IssueLabels): string[] {
  return [...before.filter((label) => !remove.includes(label)), ...add]
}

/** A line for the issue, and one for each label. Titles are other people's text: nothing of them begins a line of its own. */
function textOf(changes: readonly IssueLabels[], labelsOf: (change: IssueLabels) => readonly string[]): string {
  const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
  return changes
    .map((change) =>
      [
        `#${change.number} ${oneLine(change.title)}`,
        ...[...labelsOf(change)].sort().map((label) => `    ${oneLine(label)}`),
        '',
      ].join('\n'),
    )
    .join('\n')
}

type Written = Outcome<{ issues: LabelledIssue[]; stopped?: Reason | undefined }>

/** Some issues at a time, with progress, until all were looked at, it is stopped, or the person stops it. */
async function withSteps(
  title: string,
  of: number | null,
  notifier: Notifier,
  step: (done: number, token: CancellationToken) => Promise<{ written: Written; isLast: boolean }>,
): Promise<void> {
  const issues: LabelledIssue[] = []
  let stopped: Reason | undefined
  await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      for (let isLast = false; !isLast && !stopped && !token.isCancellationRequested; ) {
        const taken = await step(issues.length, token)
        isLast = taken.isLast
        if (taken.written.ok) issues.push(...taken.written.value.issues)
        stopped = taken.written.ok ? taken.written.value.stopped : taken.written.reason
        const message = of === null ? String(issues.length) : l10n.t('{0} of {1}', issues.length, of)
        progress.report({ message, ...(of === null ? {} : { increment: (100 * mostLabelled) / of }) })
        // The editor draws in between.
        await setTimeout(0)
      }
    },
  )
  if (stopped) await notifier.showFailure(stopped)
  reportLeft(issues)
}

function reportLeft(issues: readonly LabelledIssue[]): void {
  const left = issues.filter(({ outcome }) => outcome === 'left')
  const [first] = left
  if (!first) return
  void window.showWarningMessage(
    plural(
      left.length,
      '{0} issue was left alone: #{1}, {2}.',
      '{0} issues were left alone, first #{1}: {2}.',
      first.number,
      localizeOr(first.localizable, first.why ?? ''),
    ),
  )
}
