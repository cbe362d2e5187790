import { type Disposable, l10n, type Memento, RelativePattern, Uri, window, workspace } from 'vscode'
import { type PolicyView, policyFile } from '../../protocol/policy.ts'
import { describePolicy } from '../../shared/describe/policy.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { SnapshotStore } from '../connection/snapshot.ts'
import { language } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'

/**
 * The folder whose rules count in this window: the first that is open; null: none is. Rules only narrow, so that it need not be trusted.
 */
export function folderOfRules(): string | null {
  return workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? null
}

const seenKey = 'llmProviders.rulesSeen'

interface FollowParts {
  snapshots: Pick<SnapshotStore, 'current' | 'changes' | 'reload'>
  /** Of the workspace. */
  memory: Memento
}

/**
 * Reads the folder's rules again when their file changes, and asks once when rules are there that nobody has seen: by what the file holds.
 * They are followed from the first moment on, since all that they can do is narrow; the question is what somebody wants to see of them.
 */
export function followRules({ snapshots, memory }: FollowParts): Disposable {
  const store = createDisposableStore()
  let isWatching = false
  store.add(
    snapshots.changes.listen((snapshot) => {
      if (!snapshot) return
      if (!isWatching) watch()
      isWatching = true
      void askAbout(snapshot.readiness.policies ?? [], memory)
    }),
  )
  function watch(): void {
    const folder = folderOfRules()
    if (folder === null) return
    const watcher = store.add(workspace.createFileSystemWatcher(new RelativePattern(Uri.file(folder), policyFile)))
    const read = () => void snapshots.reload(['readiness'])
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) store.add(event(read))
  }
  return store
}

async function askAbout(policies: readonly PolicyView[], memory: Memento): Promise<void> {
  const seen = memory.get<string[]>(seenKey, [])
  const news = policies.filter((view) => !seen.includes(markOf(view)))
  if (news.length === 0) return
  // Before anybody answers: a question that is left alone is not asked again.
  await memory.update(seenKey, [...seen, ...news.map(markOf)].slice(-50))
  const said = onOneLine(news.flatMap((view) => describePolicy(language, view)).join('; '))
  const show = l10n.t('Show the rules')
  const tell = news.some(({ rules }) => rules === null) ? window.showWarningMessage : window.showInformationMessage
  const chosen = await tell(
    l10n.t('This folder has rules for models, which are followed from now on. {0}', said),
    l10n.t('Keep following'),
    show,
  )
  if (chosen === show && news[0]) await openRules(news[0])
}

/** By what it holds; of one that cannot be opened by where it is. */
function markOf({ hash, file }: PolicyView): string {
  return hash === '' ? file : hash
}

/** Opens the rules that count here, or says that there are none. */
export async function showRules({ current }: Pick<SnapshotStore, 'current'>): Promise<void> {
  const [first] = current?.readiness.policies ?? []
  if (first) await openRules(first)
  else void window.showInformationMessage(l10n.t('This folder has no rules for models ({0}).', policyFile))
}

async function openRules({ file }: PolicyView): Promise<void> {
  await window.showTextDocument(Uri.file(file))
}
