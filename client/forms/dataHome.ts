import os from 'node:os'
import path from 'node:path'
import { type Disposable, l10n, type Memento, type Uri, window } from 'vscode'
import type * as z from 'zod'
import type { InitializationOptions } from '../../protocol/contract.ts'
import type { EditorHome } from '../../protocol/home.ts'
import { assertNever } from '../../protocol/names.ts'
import { findDataFolder } from '../../shared/dataFolder.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { Settings } from '../connection/settings.ts'
import { localizeOr } from '../describe/language.ts'

/** What was told of the editor's own storage; once is enough for what needs nobody. */
const memoryKey = 'llmProviders.dataHome'

interface DataHomeParts {
  settings: Pick<Settings, 'read'>
  /** The editor's own storage on the machine that extensions run on. */
  storage: Uri
  memory: Memento
}

/**
 * Where the data is: in the folder that all editors and terminals of the machine share. The machine is the one that extensions run on,
 * which in a remote window is the other one.
 */
export class DataHome {
  readonly #parts: DataHomeParts
  /** A person has chosen the shared folder, for the next start. */
  #leaves = false

  constructor(parts: DataHomeParts) {
    this.#parts = parts
  }

  /** Throws a sentence for people where the setting is no path of this machine. */
  startOptions(): Pick<z.input<typeof InitializationOptions>, 'dataDir' | 'editor' | 'surface'> {
    const leaves = this.#leaves
    this.#leaves = false
    const dataDir = chooseFolder(this.#parts.settings.read().dataFolder)
    return { dataDir, editor: { folder: this.#parts.storage.fsPath, leaves }, surface: 'editor' }
  }

  /** Tells what became of the editor's own storage, when a server begins. */
  announce(lifetime: Pick<ServerLifetime, 'changes' | 'restart'>, log: (line: string) => void): Disposable {
    return lifetime.changes.listen((state) => {
      const editor = state.kind === 'running' ? state.process.info.editor : undefined
      if (!editor || editor.state === 'empty') return
      log(`The editor's own storage ${editor.folder}: ${editor.state}, data folder ${editor.dataFolder}`)
      this.#show(editor, lifetime).catch((error: unknown) =>
        log(`it was not shown where the data is: ${String(error)}`),
      )
    })
  }

  async #show(editor: EditorHome, lifetime: Pick<ServerLifetime, 'restart'>): Promise<void> {
    const { state, folder, dataFolder } = editor
    const isSaid = this.#parts.memory.get(memoryKey) === said(editor)
    switch (state) {
      case 'empty':
      case 'left':
        return
      case 'moved':
        if (isSaid) return
        await this.#remember(editor)
        void window.showInformationMessage(
          l10n.t('The data of this editor has moved to {0}, which the terminal uses, too.', dataFolder),
        )
        return
      case 'apart':
        return isSaid ? undefined : this.#offerOther(editor, lifetime)
      case 'busy':
      case 'failed': {
        const why = localizeOr(editor.localizable, editor.detail ?? '')
        const again = l10n.t('Try again')
        const sentence = l10n.t('The data of this editor stays in {0} for now: {1}.', folder, why)
        if ((await window.showWarningMessage(sentence, again)) === again) await lifetime.restart()
        return
      }
      default:
        assertNever(state)
    }
  }

  /** Two stores are never merged: the editor goes on with its own until somebody says otherwise. */
  async #offerOther(editor: EditorHome, lifetime: Pick<ServerLifetime, 'restart'>): Promise<void> {
    const [other, keep] = [l10n.t('Use the shared data'), l10n.t('Keep both')]
    const sentence = l10n.t(
      'This editor has data of its own in {0}, and {1} has other data, which the terminal uses. Nothing was merged: this editor goes on with its own.',
      ...[editor.folder, editor.dataFolder],
    )
    const chosen = await window.showWarningMessage(sentence, other, keep)
    if (chosen === keep) await this.#remember(editor)
    if (chosen !== other) return
    this.#leaves = true
    await lifetime.restart()
  }

  async #remember(editor: EditorHome): Promise<void> {
    await this.#parts.memory.update(memoryKey, said(editor))
  }
}

function said({ state, folder, dataFolder }: EditorHome): string {
  return [state, folder, dataFolder].join('\n')
}

function chooseFolder(setting: string): string {
  const told = setting.trim().replace(/^~(?=[/\\]|$)/, os.homedir())
  if (told !== '' && !path.isAbsolute(told))
    throw new Error(l10n.t('the setting llmProviders.dataFolder is not an absolute path: {0}', setting.trim()))
  const surroundings = {
    environment: process.env,
    homeFolder: os.homedir(),
    platform: process.platform,
    workingFolder: os.homedir(),
  }
  return findDataFolder(path, told || process.env.LLM_PROVIDERS_HOME, surroundings)
}
