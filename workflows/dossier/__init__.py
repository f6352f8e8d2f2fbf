"""Signed papers: certificates, time stamps, signatures, sheets, dossiers and their verification (卷宗)."""
