// Sends events with @segment/analytics-node to argv[2] with the write key
// argv[3], and prints what it sent, an event a line, once it is acknowledged.
import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({ host: process.argv[2], writeKey: process.argv[3], flushAt: 7, flushInterval: 50 })
analytics.on('error', (error) => { console.error(error); process.exitCode = 1 })

const say = (name) => (error, ctx) => {
  if (error) throw error
  console.log(`${ctx.event.type} ${name} ${ctx.event.userId ?? 'nobody yet'} ${ctx.event.messageId}`)
}
const anonymousId = 'a-node'
const userId = 'u-node'
analytics.page({ anonymousId, name: 'Inicio', properties: { url: 'https://candil.example/' } }, say('Inicio'))
analytics.identify({ anonymousId, userId, traits: { email: 'ana@candil.example' } }, say('Identify'))
analytics.screen({ userId, name: 'Portada' }, say('Portada'))
analytics.group({ userId, groupId: 'ceip-lorca', traits: { name: 'CEIP Lorca' } }, say('Group'))
analytics.alias({ userId: 'u-node-2', previousId: userId }, say('Alias'))
for (let i = 0; i < 60; i++) {
  analytics.track({ userId, event: `Compra ${i}`, properties: { revenue: i, título: 'Luces de bohemia' }, timestamp: new Date(Date.now() - i * 1000) }, say(`Compra ${i}`))
}
await analytics.closeAndFlush()
