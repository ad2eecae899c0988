// A landlord's system and an integration, with the client that openapi-typescript makes of the document: node round.js
// landlord | integration. What the two phases need comes in ROUND, as JSON.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./varsling.js";

type Schemas = components["schemas"];

interface Round {
  url: string;
  landlordToken: string;
  officeToken: string;
  notice: Schemas["NoticeInput"];
  other: Schemas["NoticeInput"];
  today: string;
}

const round: Round = JSON.parse(process.env["ROUND"] ?? "");

function clientOf(token: string) {
  return createClient<paths>({ baseUrl: round.url, headers: { Authorization: `Bearer ${token}` } });
}

function answered<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

async function landlord(): Promise<void> {
  const api = clientOf(round.landlordToken);
  const keyed = { header: { "Idempotency-Key": "round-1" } };
  const sent = await api.POST("/v1/notices", { params: keyed, body: round.notice });
  const notice = answered(sent);
  assert.equal(sent.response.status, 201);
  assert.equal(sent.response.headers.get("Location"), `/v1/notices/${notice.id}`);
  const again = await api.POST("/v1/notices", { params: keyed, body: round.notice });
  assert.equal(again.response.headers.get("Idempotency-Replayed"), "true");
  assert.deepEqual(answered(again), notice);

  const early = { ...round.other, planned_petition_date: round.today };
  const refused = await api.POST("/v1/notices", { body: early });
  const problem: Schemas["Problem"] | undefined = refused.error;
  assert.equal(problem?.code, "petition-too-early");
  assert.ok(problem.dates?.petition?.recommended);

  const taken = await api.POST("/v1/notices", { body: { ...round.notice, reference: "ROUND-AGAIN" } });
  assert.equal(taken.error?.existing?.id, notice.id);

  const batch = answered(await api.POST("/v1/notices/batch", { body: { items: [{ notice: round.other }] } }));
  assert.equal(batch.accepted, 1);
  const other = batch.results[0]?.notice;
  assert.ok(other?.id && notice.id);

  const path = { notice_id: notice.id };
  const updated = answered(
    await api.POST("/v1/notices/{notice_id}/update", { params: { path }, body: { deposited_amount: "500.00" } }),
  );
  assert.equal(updated.version, 2);
  const settled = answered(
    await api.POST("/v1/notices/{notice_id}/settlement", {
      params: { path: { notice_id: other.id } },
      body: { reason: "paid", on: round.today },
    }),
  );
  assert.equal(settled.status, "settled");

  const made = answered(
    await api.POST("/v1/reservations", {
      body: {
        landlord: { organisation_number: "311758489" },
        lease: { reference: "ROUND-LEASE" },
        tenant: { name: "Ane Prøvesen", birth_date: "1981-02-03" },
        received_on: round.today,
        form: "letter",
      },
    }),
  );
  assert.equal(made.tenant?.name, "Ane Prøvesen");
}

async function integration(): Promise<void> {
  const api = clientOf(round.officeToken);
  const page = answered(await api.GET("/v1/feed", { params: { query: { limit: 10 } } }));
  const sent = page.events.find((event): event is Schemas["NoticeSentEvent"] => event.type === "notice.sent");
  assert.ok(sent?.notice);
  assert.equal(sent.urgent, false);
  const path = { notice_id: sent.notice };
  const view = answered(await api.GET("/v1/feed/notices/{notice_id}", { params: { path } }));
  assert.equal(view.tenants[0]?.name, round.notice.tenants[0]?.name);
  const acknowledged = answered(
    await api.POST("/v1/feed/notices/{notice_id}/acknowledgement", { params: { path }, body: { opened_by_person: true } }),
  );
  assert.ok(acknowledged.opened_at);
  const next = answered(await api.GET("/v1/feed", { params: { query: { after: page.next } } }));
  assert.equal(next.events.length, 0);
}

await (process.argv[2] === "landlord" ? landlord() : integration());
