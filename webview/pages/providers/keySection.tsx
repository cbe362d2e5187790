import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import { assertNever } from '../../../protocol/names.ts'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import { ConfirmDialog } from '../../parts/confirmDialog.tsx'
import { Icon } from '../../parts/icon.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'

/** Whether the editor's secret store is the place where this provider's key belongs. */
export function storesKeyInEditor(view: ProviderView, kind: KindInfo): boolean {
  return kind.key.need !== 'none' && view.endpoint !== null && view.config.key_env === undefined
}

/** Lets the editor ask for the key of a provider. `onSet`: after one was entered. */
export function useSetKey(provider: string, onSet: () => void = () => {}): () => void {
  const { host, announce } = usePage()
  const ask = async () => {
    if (!(await host.command('setKey', { provider }))) return
    announce(l10n.t('The key of {0} is set.', provider))
    onSet()
  }
  return () => void ask()
}

export interface KeyLineProps {
  view: ProviderView
  kind: KindInfo
  /** A key was entered: whether it is the right one shows only when it is used. */
  onSet?: () => void
}

/** The key of a provider: whether it is there, and what can be done about it. The key itself never comes here. */
export function KeyLine({ view, kind, onSet }: KeyLineProps) {
  const { host, announce } = usePage()
  const [isAsking, setAsking] = useState(false)
  const set = useSetKey(view.provider, onSet)
  const ending = useKeyEnding(view, kind)
  if (kind.key.need === 'none' || view.endpoint === null) return null
  const { provider } = view
  const variable = view.config.key_env
  const clear = async () => {
    setAsking(false)
    if (await host.command('clearKey', { provider })) announce(l10n.t('The key of {0} is removed.', provider))
  }
  return (
    <div class="key-line">
      <span class="facts">
        <Icon name="key" />{' '}
        {typeof variable === 'string'
          ? l10n.t('Key from the variable {0}: {1}', variable, describeKey(view, kind))
          : l10n.t('Key: {0}', ending ? l10n.t('stored, ends in {0}', ending) : describeKey(view, kind))}
      </span>
      {storesKeyInEditor(view, kind) ? (
        <Button onClick={set} label={l10n.t('Set key … of {0}', provider)}>
          {l10n.t('Set key …')}
        </Button>
      ) : null}
      {storesKeyInEditor(view, kind) && (view.key === 'present' || ending !== null) ? (
        <Button onClick={() => setAsking(true)} label={l10n.t('Clear key … of {0}', provider)}>
          {l10n.t('Clear key …')}
        </Button>
      ) : null}
      {isAsking ? (
        <ConfirmDialog
          question={l10n.t('Remove the key of "{0}"?', provider)}
          confirm={l10n.t('Remove the key')}
          onConfirm={() => void clear()}
          onCancel={() => setAsking(false)}
        >
          <p>{l10n.t('It is removed from the editor’s secret store. Where it was made, it stays valid.')}</p>
        </ConfirmDialog>
      ) : null}
    </div>
  )
}

/** What a person recognises the stored key by; asked anew with every reading: one may come after the key was changed. */
function useKeyEnding(view: ProviderView, kind: KindInfo): string | null {
  const { host } = usePage()
  const [ending, setEnding] = useState<string | null>(null)
  const { provider, key } = view
  const isAsked = storesKeyInEditor(view, kind) && key !== 'missing'
  useEffect(() => {
    if (!isAsked) return setEnding(null)
    let isCurrent = true
    void host.command('keyEnding', { provider }).then((found) => {
      if (isCurrent) setEnding(found)
    })
    return () => {
      isCurrent = false
    }
  }, [host, view, isAsked])
  return ending
}

function describeKey({ key }: ProviderView, kind: KindInfo): string {
  switch (key) {
    case 'not_needed':
      return kind.key.need === 'optional' ? l10n.t('none, and none is needed') : l10n.t('not needed')
    case 'present':
      return l10n.t('stored')
    case 'missing':
      return l10n.t('missing')
    case 'unknown':
      return l10n.t('not asked for yet')
    default:
      return assertNever(key)
  }
}

export function KeyHint({ kind }: { kind: KindInfo }) {
  const { need, obtainAt, customaryVariable } = kind.key
  return (
    <p class="field-hint">
      {need === 'required' ? l10n.t('A key is needed.') : l10n.t('A key is needed only if the server wants one.')}{' '}
      {customaryVariable ? l10n.t('Its customary variable is {0}.', customaryVariable) : null}{' '}
      {obtainAt ? (
        <>
          {l10n.t('Keys are made at')} <a href={obtainAt}>{obtainAt}</a>
        </>
      ) : null}
    </p>
  )
}
