-- T1, the limit of accepting: all rows of one accepted notice, as large as the service's own, in one prepared statement.
-- A third of the notices have two tenants; each tenant has a code for her home and one for her e-mail address.
\set r random(1, 4000000000000000000)
\set second random(1, 3)
WITH l AS (INSERT INTO landlords (key) VALUES ('o' || :r) ON CONFLICT DO NOTHING),
ids AS MATERIALIZED (
  SELECT gen_random_uuid() AS notice, gen_random_uuid() AS version, gen_random_uuid() AS answer),
people AS MATERIALIZED (
  SELECT gen_random_uuid() AS tenant, gen_random_uuid() AS delivery, place
  FROM generate_series(0, CASE WHEN :second = 3 THEN 1 ELSE 0 END) place),
n AS (
  INSERT INTO notices (id, acting_organisation, landlord_organisation, landlord_key, reference, lease_reference, status,
    version, rule_version, office_number, found_by, reached_by, register_version, remarks, warning_sent_on,
    planned_petition_date, assumed_sent_on, petition_recommended, accepted_at, updated_at, tenant_urgent, body_digest,
    answer_id)
  SELECT notice, '313367002', '311000012', 'o' || :r, 'K-' || :r, 'L-' || :r, 'accepted', 1, '2007-07-01', '0315',
    'district_number', 'letter', '2026-11-26.f6051e98', '', '2026-11-10', '2026-12-30', '2026-11-30', '2026-12-15',
    now(), now(), false, sha256(('b' || :r)::bytea), answer FROM ids),
v AS (
  INSERT INTO notice_versions (id, notice_id, version, created_at, content, urgent)
  SELECT version, notice, 1, now(), decode(repeat('ab', 1200), 'hex'), false FROM ids),
t AS (
  INSERT INTO notice_tenants (id, notice_id, place, birth_index, number_index, family_indexes)
  SELECT tenant, notice, place, sha256(('t' || place || :r)::bytea), sha256(('u' || place || :r)::bytea),
    decode(repeat('cd', 64), 'hex') FROM ids, people),
c AS (
  INSERT INTO tenant_codes (id, tenant_id, address_index, code_index, code, through, created_at, wrong_tries)
  SELECT gen_random_uuid(), tenant, sha256(('a' || address || tenant)::bytea), sha256(('c' || address || tenant)::bytea),
    decode(repeat('ef', 49), 'hex'), 'elsewhere', now(), 0 FROM people, generate_series(0, 1) address),
d AS (
  INSERT INTO deliveries (id, notice_id, version, kind, tenant_id, status, attempts, resends, due_at, created_at)
  SELECT delivery, notice, 1, 'copy', tenant, 'queued', 0, 0, now(), now() FROM ids, people),
w AS (
  INSERT INTO answers (id, status, location, etag, body, created_at)
  SELECT answer, 201, '/v1/notices/' || notice, '"1"', decode(repeat('ab', 1080), 'hex'), now() FROM ids),
i AS (
  INSERT INTO idempotency_keys (key_index, fingerprint, answer_id, created_at)
  SELECT sha256(notice::text::bytea), sha256(('f' || :r)::bytea), answer, now() FROM ids)
INSERT INTO audit_rows (id, at, actor, action, basis, subject, version, facts, salt)
SELECT gen_random_uuid(), now(), '313367002', 'notice.accepted',
  'husleieloven § 9-11 first paragraph, first to third sentence', notice, 1, '{"office":"0315","tenants":1}',
  sha256(answer::text::bytea) FROM ids;
