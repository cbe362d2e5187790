import { commands, l10n, Range, Uri, window } from 'vscode'
import type { PageCommandArgs, PageCommandName, PageCommandResult } from '../../protocol/page.ts'
import { fail } from '../../shared/fail.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { describeReason } from '../describe/language.ts'
import type { Panels } from '../forms/panels.ts'
import { askAbout } from '../threads/askAbout.ts'

const mostSources = 100

type Handler<Name extends PageCommandName> = (args: PageCommandArgs<Name>) => Promise<PageCommandResult<Name>>
type KnowledgeHandlers = {
  [Name in 'knowledgeSources' | 'createKnowledgeBase' | 'openChunk' | 'askAboutBase']: Handler<Name>
}

interface KnowledgeCommandParts {
  lifetime: ServerLifetime
  panels: Pick<Panels, 'openConversations'>
}

/** What the page of knowledge bases asks of the editor: whichever files are read was chosen in the editor's own dialog. */
export function createKnowledgeCommands({ lifetime, panels }: KnowledgeCommandParts): KnowledgeHandlers {
  const chosen = new Set<string>()
  return {
    async knowledgeSources({ choose, leaveOut }) {
      if (leaveOut !== undefined) chosen.delete(leaveOut)
      for (const uri of choose ? await pickSources(choose) : []) if (chosen.size < mostSources) chosen.add(uri.fsPath)
      return [...chosen]
    },
    async createKnowledgeBase(base) {
      const api = await lifetime.connect()
      if (!api) return fail({ code: 'internal_error', detail: l10n.t('the background server is not running') })
      const sources = [...chosen].map((path) => ({ kind: 'path' as const, path }))
      const created = await api.request('kb/create', { ...base, sources })
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

async function pickSources(choose: 'files' | 'folders'): Promise<readonly Uri[]> {
  const isFolders = choose === 'folders'
  const picked = await window.showOpenDialog({
    title: isFolders ? l10n.t('Folders of the knowledge base') : l10n.t('Files of the knowledge base'),
    openLabel: l10n.t('Add'),
    ...{ canSelectMany: true, canSelectFiles: !isFolders, canSelectFolders: isFolders },
  })
  return picked?.filter(({ scheme }) => scheme === 'file') ?? []
}
