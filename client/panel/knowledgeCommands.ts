import { commands, l10n, Range, Uri, window } from 'vscode'
import type { KnowledgeSource } from '../../protocol/knowledgeBases.ts'
import type { PageCommandArgs, PageCommandName, PageCommandResult } from '../../protocol/page.ts'
import type { RunView } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { findRunOfResults } from '../../shared/resultsOfFile.ts'
import type { Api } from '../connection/api.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { describeReason } from '../describe/language.ts'
import type { Panels } from '../forms/panels.ts'
import { pickRun } from '../runs/listedRuns.ts'
import { askAbout } from '../threads/askAbout.ts'

const mostSources = 100

type Handler<Name extends PageCommandName> = (args: PageCommandArgs<Name>) => Promise<PageCommandResult<Name>>
type KnowledgeHandlers = {
  [Name in 'knowledgeSources' | 'createKnowledgeBase' | 'openChunk' | 'askAboutBase']: Handler<Name>
}

interface KnowledgeCommandParts {
  lifetime: ServerLifetime
  panels: Pick<Panels, 'openConversations'>
  now(): number
}

/** What the page of knowledge bases asks of the editor: whichever files are read was chosen in the editor's own dialog. */
export function createKnowledgeCommands({ lifetime, panels, now }: KnowledgeCommandParts): KnowledgeHandlers {
  /** By how it is listed on the page, which names no file. */
  const chosen = new Map<string, KnowledgeSource>()
  return {
    async knowledgeSources({ choose, leaveOut }) {
      if (leaveOut !== undefined) chosen.delete(leaveOut)
      const api = choose ? await lifetime.connect() : null
      for (const [words, source] of api && choose ? await pickSources(api, choose, now()) : [])
        if (chosen.size < mostSources) chosen.set(words, source)
      return [...chosen.keys()]
    },
    async createKnowledgeBase(base) {
      const api = await lifetime.connect()
      if (!api) return fail({ code: 'internal_error', detail: l10n.t('the background server is not running') })
      const created = await api.request('kb/create', { ...base, sources: [...chosen.values()] })
      if (created.ok) chosen.clear()
      return created
    },
    async askAboutBase({ name }) {
      const api = await lifetime.connect()
      if (!api) return l10n.t('the background server is not running')
      const begun = await askAbout(api, { kind: 'kb', name }, panels)
      return begun.ok ? null : describeReason(begun.reason)
    },
    async openChunk({ name, item, file, line }) {
      const api = await lifetime.connect()
      if (!api) return l10n.t('the background server is not running')
      // Only what is in the base is opened: the page may be old, or not ours.
      const found = await api.request('kb/similar', { name, like: { id: item, file }, limit: 1 })
      if (!found.ok) return describeReason(found.reason)
      const at = Math.max(0, (line ?? 1) - 1)
      await commands.executeCommand('vscode.open', Uri.file(file), { selection: new Range(at, 0, at, 0) })
      return null
    },
  }
}

type Choose = NonNullable<PageCommandArgs<'knowledgeSources'>['choose']>
type Listed = [words: string, source: KnowledgeSource]

async function pickSources(api: Api, choose: Choose, now: number): Promise<readonly Listed[]> {
  if (choose === 'results') {
    const title = l10n.t('Results of the knowledge base')
    const run = await pickRun(api, title, ({ finishedAt, counts }) => finishedAt !== null && counts.ok > 0, now)
    return run ? [listRun(run)] : []
  }
  const isFolders = choose === 'folders'
  const picked = await window.showOpenDialog({
    title: isFolders ? l10n.t('Folders of the knowledge base') : l10n.t('Files of the knowledge base'),
    openLabel: l10n.t('Add'),
    ...{ canSelectMany: true, canSelectFiles: !isFolders, canSelectFolders: isFolders },
  })
  const paths = (picked ?? []).filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath)
  return await Promise.all(paths.map((path) => listPath(api, path)))
}

/** A results file stands for the items of its run, as in the terminal. */
async function listPath(api: Api, path: string): Promise<Listed> {
  const run = await findRunOfResults(path, (cursor) => api.request('run/list', { cursor }))
  return run ? listRun(run) : [path, { kind: 'path', path }]
}

function listRun({ runId, source }: RunView): Listed {
  return [l10n.t('Results of {0} ({1})', source, runId), { kind: 'run', runId }]
}
