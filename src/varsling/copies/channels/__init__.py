"""Channels: the ways in which a letter leaves. `channel` says what one is, each other module is one."""
