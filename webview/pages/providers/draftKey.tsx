import * as l10n from '@vscode/l10n'
import { useRef, useState } from 'preact/hooks'
import type { KindInfo, ProviderConfig } from '../../../protocol/providers.ts'
import { Icon } from '../../parts/icon.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'

/** The key of a provider that is not saved: with the editor, which tells its last characters and no more. */
export interface DraftKey {
  /** Its last characters; null: none was pasted. */
  ending: string | null
  /** Opens the masked box; false: the person left. */
  paste(config: ProviderConfig): Promise<boolean>
  /** Whether the box may come up by itself: once for each place that the key would go to. */
  mayAsk(config: ProviderConfig): boolean
  isLocal(config: ProviderConfig): boolean
}

export function useDraftKey(kind: KindInfo, pasted: string | null): DraftKey {
  const { host } = usePage()
  const [ending, setEnding] = useState(pasted)
  const asked = useRef(new Set<string | null>())
  const originOf = (config: ProviderConfig) => originIn(config.base_url ?? kind.defaultEndpoint)
  return {
    ending,
    async paste(config) {
      const found = await host.command('pasteKey', { origin: originOf(config) })
      if (found) setEnding(found.ending ?? '…')
      return found !== null
    },
    mayAsk(config) {
      const origin = originOf(config)
      if (asked.current.has(origin)) return false
      asked.current.add(origin)
      return true
    },
    isLocal(config) {
      const origin = originOf(config)
      return origin !== null && /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(origin).hostname)
    },
  }
}

function originIn(address: unknown): string | null {
  return typeof address === 'string' && URL.canParse(address) ? new URL(address).origin : null
}

interface DraftKeyLineProps {
  kind: KindInfo
  ending: string | null
  onPaste(): void
}

/** Whether a key is there, the one button for it, and where one is made. */
export function DraftKeyLine({ kind, ending, onPaste }: DraftKeyLineProps) {
  const { need, obtainAt } = kind.key
  return (
    <div class="key-line">
      <span class="facts">
        <Icon name="key" />{' '}
        {ending === null
          ? need === 'required'
            ? l10n.t('A key is needed.')
            : l10n.t('A key is needed only if the server wants one.')
          : l10n.t('Key: ends in {0}', ending)}
      </span>
      <Button onClick={onPaste}>{ending === null ? l10n.t('Paste the key …') : l10n.t('Paste another key …')}</Button>
      {obtainAt && ending === null ? (
        <span class="facts">
          {l10n.t('Keys are made at')} <a href={obtainAt}>{obtainAt}</a>
        </span>
      ) : null}
    </div>
  )
}
