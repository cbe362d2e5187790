import * as l10n from '@vscode/l10n'
import type { MarkedToken, Token, Tokens } from 'marked'
import { type ComponentChildren, createContext } from 'preact'
import { useContext, useMemo, useRef, useState } from 'preact/hooks'
import { clean, decodeReferences, GrowingMarkdown, readAddress, readMarkdown } from './readMarkdown.ts'

/** What a text may ask for; everything else in it is looked at only. */
export interface MarkdownActions {
  /** A link was followed: the person has not seen where it leads. */
  onAddress(address: string): void
  onCopy(text: string): void
  /** What opens the item of that id; null: it is none that the text cites. */
  citation(id: string): (() => void) | null
}

const Actions = createContext<MarkdownActions>(undefined as never)

/** More parts within each other than that are drawn as they are written. */
const deepest = 24

interface MarkdownProps {
  text: string
  /** It is still being written. */
  isGrowing: boolean
  actions: MarkdownActions
}

/** A text of somebody else's, drawn from what it consists of: nothing in it is HTML, loads anything or acts by itself. */
export function Markdown({ text, isGrowing, actions }: MarkdownProps) {
  const growing = useRef(new GrowingMarkdown())
  const tokens = useMemo(() => (isGrowing ? growing.current.read(text) : readMarkdown(text)), [text, isGrowing])
  return (
    <Actions.Provider value={actions}>
      <div class="markdown">
        {tokens.map((token, place) => (
          <TopBlock key={place} token={token} />
        ))}
      </div>
    </Actions.Provider>
  )
}

/** Blocks that have not changed are not looked at again while the text grows. */
function TopBlock({ token }: { token: Token }) {
  return useMemo(() => <Block token={token} depth={0} />, [token])
}

function Blocks({ tokens, depth }: { tokens: readonly Token[]; depth: number }) {
  return (
    <>
      {tokens.map((token, place) => (
        <Block key={place} token={token} depth={depth} />
      ))}
    </>
  )
}

function Block({ token: any, depth }: { token: Token; depth: number }) {
  // One of ours, `plain`, is none of the library's: what is not named here is drawn as it is written.
  const token = any as MarkedToken
  if (depth > deepest) return <p class="md-plain">{any.raw}</p>
  switch (token.type) {
    case 'space':
    case 'def':
      return null
    case 'hr':
      return <hr />
    case 'paragraph':
      return (
        <p>
          <Inline tokens={token.tokens} depth={depth + 1} />
        </p>
      )
    case 'heading':
      // Of one level, below that of the answer they stand in: how large they are is only seen.
      return (
        <h3 class={`md-heading md-heading-${token.depth}`}>
          <Inline tokens={token.tokens} depth={depth + 1} />
        </h3>
      )
    case 'code':
      return <CodeBlock text={token.text} language={token.lang?.split(/\s/)[0] ?? ''} />
    case 'blockquote':
      return (
        <blockquote>
          <Blocks tokens={token.tokens} depth={depth + 1} />
        </blockquote>
      )
    case 'list':
      return <List token={token} depth={depth + 1} />
    case 'table':
      return <Table token={token} depth={depth + 1} />
    case 'text':
    case 'checkbox':
    case 'strong':
    case 'em':
    case 'link':
    case 'image':
    case 'codespan':
    case 'del':
    case 'escape':
    case 'br':
      return <Inline tokens={[token]} depth={depth} />
    default:
      return <p class="md-plain">{any.raw}</p>
  }
}

function List({ token: { ordered, start, items }, depth }: { token: Tokens.List; depth: number }) {
  const drawn = items.map((item, place) => (
    <li key={place} class={item.task ? 'md-task' : undefined}>
      <Blocks tokens={item.tokens} depth={depth + 1} />
    </li>
  ))
  return ordered ? <ol start={start === '' ? 1 : start}>{drawn}</ol> : <ul>{drawn}</ul>
}

function Table({ token: { header, rows }, depth }: { token: Tokens.Table; depth: number }) {
  const cellsOf = (cells: readonly Tokens.TableCell[], Cell: 'th' | 'td') =>
    cells.map(({ align, tokens }, place) => (
      <Cell key={place} class={align === null ? undefined : `md-${align}`} {...(Cell === 'th' ? { scope: 'col' } : {})}>
        <Inline tokens={tokens} depth={depth + 1} />
      </Cell>
    ))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key.
    <section class="table-frame" tabIndex={0} aria-label={l10n.t('Table')}>
      <table>
        <thead>
          <tr>{cellsOf(header, 'th')}</tr>
        </thead>
        <tbody>
          {rows.map((cells, place) => (
            <tr key={place}>{cellsOf(cells, 'td')}</tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function CodeBlock({ text, language }: { text: string; language: string }) {
  const { onCopy } = useContext(Actions)
  const [isCopied, setCopied] = useState(false)
  const copy = () => {
    onCopy(text)
    setCopied(true)
  }
  return (
    <div class="md-code">
      <div class="md-code-head">
        <span>{language.slice(0, 40)}</span>
        <button type="button" class="plain-button" onClick={copy} onBlur={() => setCopied(false)}>
          {isCopied ? l10n.t('Copied') : l10n.t('Copy')}
        </button>
      </div>
      <pre>
        <code>{text}</code>
      </pre>
    </div>
  )
}

function Inline({ tokens, depth }: { tokens: readonly Token[]; depth: number }) {
  return (
    <>
      {tokens.map((token, place) => (
        <Part key={place} token={token} depth={depth} />
      ))}
    </>
  )
}

function Part({ token: any, depth }: { token: Token; depth: number }): ComponentChildren {
  const token = any as MarkedToken
  if (depth > deepest) return any.raw
  const inside = (tokens: readonly Token[]) => <Inline tokens={tokens} depth={depth + 1} />
  switch (token.type) {
    case 'text':
      return token.tokens ? inside(token.tokens) : <Words text={wordsOf(token)} />
    case 'escape':
      return token.text
    case 'strong':
      return <strong>{inside(token.tokens)}</strong>
    case 'em':
      return <em>{inside(token.tokens)}</em>
    case 'del':
      return <del>{inside(token.tokens)}</del>
    case 'codespan':
      return <code>{token.text}</code>
    case 'br':
      return <br />
    case 'checkbox':
      return (
        <span role="img" aria-label={token.checked ? l10n.t('done') : l10n.t('not done')}>
          {token.checked ? '☑ ' : '☐ '}
        </span>
      )
    case 'link':
      return (
        <Link href={token.autolink ? token.href : decodeReferences(token.href)} raw={token.raw}>
          {inside(token.tokens)}
        </Link>
      )
    case 'image':
      // Nothing is loaded: whoever wrote the text would learn who reads it.
      return (
        <Link href={token.href} raw={token.raw}>
          {l10n.t('Picture: {0}', clean(token.text || token.href))}
        </Link>
      )
    default:
      return any.raw
  }
}

/** The library writes out some references itself, also of what nobody is to see: a text is cleaned once more. */
function wordsOf({ text, escaped }: Tokens.Text): string {
  return clean(escaped === undefined ? text : decodeReferences(text))
}

/** A button and no anchor: the editor opens what an anchor names without asking. What may not be opened is shown as it is written. */
function Link({ href, raw, children }: { href: string; raw: string; children: ComponentChildren }) {
  const { onAddress } = useContext(Actions)
  const address = readAddress(href)
  if (address === null) return <>{raw}</>
  return (
    <button type="button" class="link" title={address} onClick={() => onAddress(address)}>
      {children}
    </button>
  )
}

const bracketed = /\[([^[\]\n]{1,300})\]/

/** A text in which an item that is cited is a button. */
function Words({ text }: { text: string }) {
  const { citation } = useContext(Actions)
  if (!text.includes('[')) return <>{text}</>
  // Each second part is what stood in brackets.
  const parts = text.split(bracketed)
  return (
    <>
      {parts.map((part, place) => {
        if (place % 2 === 0) return part
        const open = citation(part)
        if (!open) return `[${part}]`
        return (
          <button key={place} type="button" class="link" aria-label={l10n.t('Open the item {0}', part)} onClick={open}>
            [{part}]
          </button>
        )
      })}
    </>
  )
}
