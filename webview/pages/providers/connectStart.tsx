import * as l10n from '@vscode/l10n'
import { useEffect, useId, useState } from 'preact/hooks'
import type { KindInfo, Recognised } from '../../../protocol/providers.ts'
import { FieldProblem } from '../../form/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button, TextField } from '../../toolkit.tsx'
import { ScanResult, useServerScan } from './foundServers.tsx'
import { type ChosenKind, chosenOf, KindList } from './kindList.tsx'

export interface ConnectStartProps {
  kinds: readonly KindInfo[]
  /** Begin by looking for servers of this machine. */
  scanAtOnce: boolean
  onChoose(chosen: ChosenKind): void
  onOpen(provider: string): void
  onLeave(): void
}

/** So much at once is pasted, dropped or filled in; who types writes letter by letter, and ends with Enter. */
const pastedAtOnce = 8

/** An address, a key, what this machine serves, or a service by its name: whichever is at hand leads to the form of its kind. */
export function ConnectStart(props: ConnectStartProps) {
  const { kinds, scanAtOnce, onOpen, onLeave } = props
  const start = useConnectStart(props)
  const { found, ending, scan, choose } = start
  const id = useId()
  useEffect(() => {
    document.getElementById(`${id}-address`)?.focus()
    if (scanAtOnce) scan.begin()
  }, [])
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('Connect a provider')}</h2>
      <AddressForm id={id} start={start} onLeave={onLeave} />
      {found?.what === 'address' && found.provider !== null ? (
        <Already found={found} provider={found.provider} onChoose={choose} onOpen={onOpen} />
      ) : null}
      <ScanResult scan={scan} onChoose={choose} onOpen={onOpen} />
      {ending === null ? (
        <h3>{l10n.t('Or choose what it is')}</h3>
      ) : (
        <Notice look="info">
          {l10n.t('The key {0} is ready. Choose the service that it belongs to, or give its address.', ending)}
        </Notice>
      )}
      <KindList kinds={kinds} onChoose={choose} />
    </section>
  )
}

/** What was pasted or looked for so far, and where it leads. */
function useConnectStart({ onChoose }: ConnectStartProps) {
  const { host } = usePage()
  const [address, setAddress] = useState('')
  const [found, setFound] = useState<Recognised | null>(null)
  const [ending, setEnding] = useState<string | null>(null)
  const choose = (chosen: ChosenKind) => onChoose({ ...chosen, ending })
  const scan = useServerScan(choose)
  const connect = async (text: string) => {
    const recognised = await host.request('provider/recognise', { text })
    if (!recognised.ok) return
    const { value } = recognised
    setFound(value)
    if (value.what === 'address' && value.provider === null) choose(chosenOf(value))
  }
  return {
    ...{ address, found, ending, scan, choose },
    input(text: string) {
      setFound(null)
      setAddress(text)
      if (text.trim().length - address.length >= pastedAtOnce) void connect(text)
    },
    submit: () => (address.trim() === '' ? scan.begin() : void connect(address)),
    async pasteKey() {
      const pasted = await host.command('pasteKey', { origin: null })
      if (!pasted) return
      const told = pasted.ending ?? '…'
      setEnding(told)
      const { kind } = pasted
      if (kind !== null) onChoose({ ...chosenOf({ kind, preset: null, config: null }), ending: told })
    },
  }
}

interface AddressFormProps {
  id: string
  start: ReturnType<typeof useConnectStart>
  onLeave(): void
}

function AddressForm({ id, start, onLeave }: AddressFormProps) {
  const { address, found, scan } = start
  const isStrange = found?.what === 'nothing'
  return (
    <form
      class="connect"
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && isField(event.target)) start.submit()
      }}
    >
      <div class="field">
        <TextField
          id={`${id}-address`}
          label={l10n.t('Address of a server or service')}
          value={address}
          inputMode="url"
          placeholder="https://llm.example.com/v1, localhost:11434"
          onInput={start.input}
          onKey={() => void start.pasteKey()}
          describedBy={[`${id}-problem`]}
          isInvalid={isStrange}
        />
        <FieldProblem
          id={`${id}-problem`}
          problem={isStrange ? l10n.t('This is no address. One is written as https://host/v1 or host:port.') : null}
        />
      </div>
      <div class="actions">
        <Button look="primary" onClick={start.submit} disabled={scan.state.kind === 'running'}>
          {address.trim() === '' ? l10n.t('Find local servers') : l10n.t('Connect')}
        </Button>
        <Button onClick={() => void start.pasteKey()}>{l10n.t('Paste a key …')}</Button>
        <Button onClick={onLeave}>{l10n.t('Back to the list')}</Button>
      </div>
    </form>
  )
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.tagName === 'VSCODE-TEXT-FIELD'
}

type FoundAddress = Extract<Recognised, { what: 'address' }>

interface AlreadyProps {
  found: FoundAddress
  provider: string
  onChoose(chosen: ChosenKind): void
  onOpen(provider: string): void
}

/** Two providers may go to one server, with different keys; mostly it was forgotten. */
function Already({ found, provider, onChoose, onOpen }: AlreadyProps) {
  return (
    <Notice
      look="info"
      actions={
        <>
          <Button onClick={() => onOpen(provider)}>{l10n.t('Open {0}', provider)}</Button>
          <Button onClick={() => onChoose(chosenOf(found))}>{l10n.t('Connect it once more')}</Button>
        </>
      }
    >
      {l10n.t('{0} is connected already, as "{1}".', found.endpoint ?? '', provider)}
    </Notice>
  )
}
