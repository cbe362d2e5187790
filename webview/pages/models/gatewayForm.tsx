import * as l10n from '@vscode/l10n'
import { useEffect, useId, useState } from 'preact/hooks'
import * as z from 'zod'
import { type Gateway, GatewayKeys } from '../../../protocol/gateways.ts'
import { GatewayId } from '../../../protocol/names.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { describeReason } from '../../parts/language.ts'
import { Notice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, Checkbox, Dropdown, TextField } from '../../toolkit.tsx'

/** As it was left: half-filled, it survives hiding and reloading. */
const GatewayDraft = z.object({
  /** Which form it is: the gateway's name and when it was saved. */
  of: z.string(),
  name: z.string().max(63),
  url: z.string().max(2048),
  keyEnv: z.string().max(200),
  keys: GatewayKeys,
  allowPlainHttp: z.boolean(),
})
type GatewayDraft = z.infer<typeof GatewayDraft>

function draftOf(gateway: Gateway | null): GatewayDraft {
  return {
    of: gateway ? `${gateway.gateway} ${gateway.updatedAt}` : '',
    name: gateway?.gateway ?? '',
    url: gateway?.url ?? '',
    keyEnv: gateway?.keyEnv ?? '',
    keys: gateway?.keys ?? 'variables',
    allowPlainHttp: gateway?.allowPlainHttp ?? false,
  }
}

export interface GatewayFormProps {
  /** Null: a new one. */
  gateway: Gateway | null
  onLeave(): void
}

/** Where a gateway is, and how keys get there. Its admin key is typed into the editor's own box. */
export function GatewayForm({ gateway, onLeave }: GatewayFormProps) {
  const id = useId()
  const start = draftOf(gateway)
  const [stored, setDraft] = usePersistedState<GatewayDraft>('models.gateway', GatewayDraft, start)
  const draft = stored.of === start.of ? stored : start
  const { problem, save, isSaving } = useSave(gateway, () => leave())
  const change = (next: Partial<GatewayDraft>) => setDraft({ ...draft, ...next })
  const leave = () => {
    setDraft(undefined)
    onLeave()
  }
  useEffect(() => document.getElementById(`${id}-${gateway ? 'url' : 'name'}`)?.focus(), [])
  return (
    <section aria-label={gateway ? l10n.t('Edit {0}', gateway.gateway) : l10n.t('Add a gateway')}>
      <GatewayFields id={id} isNew={gateway === null} draft={draft} onChange={change} />
      {problem === null ? null : <Notice look="error">{describeReason(problem)}</Notice>}
      <div class="actions">
        <Button
          look="primary"
          onClick={() => void save(draft)}
          disabled={isSaving || !GatewayId.safeParse(draft.name).success || draft.url.trim() === ''}
        >
          {l10n.t('Save')}
        </Button>
        <Button onClick={leave}>{l10n.t('Cancel')}</Button>
      </div>
    </section>
  )
}

interface GatewayFieldsProps {
  id: string
  isNew: boolean
  draft: GatewayDraft
  onChange(next: Partial<GatewayDraft>): void
}

function GatewayFields({ id, isNew, draft, onChange }: GatewayFieldsProps) {
  return (
    <>
      {isNew ? (
        <div class="field">
          <TextField
            id={`${id}-name`}
            label={l10n.t('Name of the gateway')}
            value={draft.name}
            onInput={(name) => onChange({ name })}
            placeholder="team"
            mostCharacters={63}
          />
        </div>
      ) : null}
      <div class="field">
        <TextField
          id={`${id}-url`}
          label={l10n.t('URL of the proxy')}
          value={draft.url}
          onInput={(url) => onChange({ url })}
          placeholder="http://localhost:4000"
          inputMode="url"
          mostCharacters={2048}
        />
      </div>
      <div class="field">
        <TextField
          id={`${id}-variable`}
          label={l10n.t('Admin key from variable')}
          value={draft.keyEnv}
          onInput={(keyEnv) => onChange({ keyEnv })}
          mostCharacters={200}
          describedBy={[`${id}-variable-hint`]}
        />
        <p class="field-hint" id={`${id}-variable-hint`}>
          {l10n.t('Leave it empty to keep the key in the editor’s secret store.')}
        </p>
      </div>
      <KeysField id={`${id}-keys`} keys={draft.keys} onChange={(keys) => onChange({ keys })} />
      <div class="field">
        <Checkbox
          id={`${id}-plain`}
          checked={draft.allowPlainHttp}
          onChange={(allowPlainHttp) => onChange({ allowPlainHttp })}
        >
          {l10n.t('Send keys unencrypted (http) to another machine')}
        </Checkbox>
      </div>
    </>
  )
}

function KeysField({ id, keys, onChange }: { id: string; keys: GatewayKeys; onChange(keys: GatewayKeys): void }) {
  return (
    <div class="field">
      <Dropdown
        id={id}
        label={l10n.t('Keys of providers')}
        value={keys}
        options={[
          { value: 'variables', label: l10n.t('From variables of the proxy’s machine') },
          { value: 'values', label: l10n.t('Sent as values, after a question') },
        ]}
        onInput={(chosen) => onChange(GatewayKeys.parse(chosen))}
        describedBy={[`${id}-hint`]}
      />
      <p class="field-hint" id={`${id}-hint`}>
        {l10n.t('With variables no key leaves this machine: the proxy reads each from its own environment.')}
      </p>
    </div>
  )
}

function useSave(gateway: Gateway | null, onSaved: () => void) {
  const { host, announce } = usePage()
  const [state, setState] = useState<{ isSaving: boolean; problem: Reason | null }>({ isSaving: false, problem: null })
  const save = async ({ name, url, keyEnv, keys, allowPlainHttp }: GatewayDraft) => {
    setState({ isSaving: true, problem: null })
    const saved = await host.request('gateway/save', {
      ...{ gateway: name, url: url.trim(), keyEnv: keyEnv.trim() === '' ? null : keyEnv.trim(), keys, allowPlainHttp },
      ...(gateway === null ? { create: true } : { ifUpdatedAt: gateway.updatedAt }),
    })
    setState({ isSaving: false, problem: saved.ok ? null : saved.reason })
    if (!saved.ok) return
    announce(l10n.t('{0} is saved.', name))
    onSaved()
    // It can do nothing without one: whoever adds a gateway has it at hand.
    if (gateway === null && saved.value.keyEnv === null) await host.command('setGatewayKey', { gateway: name })
  }
  return { ...state, save }
}
