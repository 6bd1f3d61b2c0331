-- Only the owner makes tables; the application uses what it is granted.
revoke all on schema public from public;
grant usage on schema public to tiezheng_app;
