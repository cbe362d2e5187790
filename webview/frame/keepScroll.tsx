import type { ComponentChildren } from 'preact'
import { useContext, useEffect, useRef } from 'preact/hooks'
import * as z from 'zod'
import { HostContext } from '../state/pageContext.ts'

/** How far down the page is survives hiding and reloading; it is put back as soon as the page is long enough again. */
export function KeepScroll({ name, children }: { name: string; children: ComponentChildren }) {
  const { storage } = useContext(HostContext)
  const content = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const target = storage.read(name, z.number()) ?? 0
    const growth = new ResizeObserver(() => {
      window.scrollTo(0, target)
      if (window.scrollY >= target - 1) growth.disconnect()
    })
    if (target > 0 && content.current) growth.observe(content.current)
    else window.scrollTo(0, 0)
    // The person is faster: from then on it is theirs.
    const leave = () => growth.disconnect()
    const keep = () => storage.write(name, window.scrollY)
    window.addEventListener('wheel', leave, { passive: true, once: true })
    window.addEventListener('keydown', leave, { once: true })
    window.addEventListener('scrollend', keep)
    return () => {
      growth.disconnect()
      window.removeEventListener('wheel', leave)
      window.removeEventListener('keydown', leave)
      window.removeEventListener('scrollend', keep)
    }
  }, [storage, name])
  return <div ref={content}>{children}</div>
}
