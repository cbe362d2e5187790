import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Button } from '../toolkit.tsx'
import type { Shown } from './conversation.ts'

/** So close to the end, in pixels, somebody follows what is written. */
const followed = 60

/** Keeps the end in sight while something is written, unless somebody reads elsewhere; what comes above moves nothing. */
export function Scrolled({
  shown,
  onEarlier,
  children,
}: {
  shown: Shown
  onEarlier(): Promise<void>
  children: ComponentChildren
}) {
  const box = useRef<HTMLDivElement>(null)
  const isFollowing = useRef(true)
  const first = shown.exchanges[0]?.question.id
  const before = useRef({ first, height: 0 })
  useLayoutEffect(() => {
    const { current } = box
    if (!current) return
    if (isFollowing.current) current.scrollTop = current.scrollHeight
    else if (before.current.first !== first) current.scrollTop += current.scrollHeight - before.current.height
    before.current = { first, height: current.scrollHeight }
  })
  useEffect(() => {
    const { current } = box
    const content = current?.firstElementChild
    if (!current || !content) return
    // What is drawn late, such as what was out of sight, makes it longer.
    const growth = new ResizeObserver(() => {
      if (isFollowing.current) current.scrollTop = current.scrollHeight
    })
    growth.observe(content)
    return () => growth.disconnect()
  }, [])
  useEffect(() => {
    // A question of one's own is followed wherever one was.
    if (shown.pending !== null) isFollowing.current = true
  }, [shown.pending])
  return (
    <div
      ref={box}
      class="messages"
      role="log"
      aria-live="off"
      aria-label={l10n.t('Messages')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key.
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isFollowing.current = scrollHeight - scrollTop - clientHeight < followed
      }}
    >
      <div>
        {shown.hasEarlier ? <Earlier onEarlier={onEarlier} /> : null}
        {children}
      </div>
    </div>
  )
}

/** Reads on when it comes into sight, and at a click for those who go by keys. */
function Earlier({ onEarlier }: { onEarlier(): Promise<void> }) {
  const line = useRef<HTMLParagraphElement>(null)
  const latest = useRef(onEarlier)
  latest.current = onEarlier
  useEffect(() => {
    const { current } = line
    if (!current) return
    const sight = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) void latest.current()
    })
    sight.observe(current)
    return () => sight.disconnect()
  })
  return (
    <p ref={line} class="earlier">
      <Button onClick={() => void onEarlier()}>{l10n.t('Earlier messages')}</Button>
    </p>
  )
}
